# The tag of the exception that longjmp() throws: C cannot define one.
	.globl	__c_longjmp
	.tagtype	__c_longjmp i32
__c_longjmp:
