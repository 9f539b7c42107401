/* wasi-libc of Debian 12 has no <setjmp.h>. clang turns both calls into exceptions of WebAssembly (-mllvm -wasm-enable-sjlj). */
#ifndef SETJMP_H
#define SETJMP_H

typedef long jmp_buf[1];
int setjmp(jmp_buf) __attribute__((returns_twice));
_Noreturn void longjmp(jmp_buf, int);

#endif
