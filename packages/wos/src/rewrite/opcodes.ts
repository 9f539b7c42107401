/** Opcodes of the binary format that the rewriter looks at or writes. The rest: immediates.ts. */
export const Op = {
  Block: 0x02,
  Loop: 0x03,
  If: 0x04,
  Else: 0x05,
  Try: 0x06,
  Catch: 0x07,
  Throw: 0x08,
  Rethrow: 0x09,
  ThrowRef: 0x0a,
  End: 0x0b,
  Br: 0x0c,
  BrIf: 0x0d,
  BrTable: 0x0e,
  Return: 0x0f,
  Call: 0x10,
  CallIndirect: 0x11,
  ReturnCall: 0x12,
  ReturnCallIndirect: 0x13,
  Delegate: 0x18,
  CatchAll: 0x19,
  TryTable: 0x1f,
  LocalGet: 0x20,
  LocalSet: 0x21,
  LocalTee: 0x22,
  GlobalGet: 0x23,
  GlobalSet: 0x24,
  MemoryGrow: 0x40,
  I32Const: 0x41,
  I32Eq: 0x46,
  I32LtS: 0x48,
  I32GtS: 0x4a,
  I32Add: 0x6a,
  I32Sub: 0x6b,
  I32ShrU: 0x76,
  RefFunc: 0xd2,
  Misc: 0xfc,
  Unreachable: 0x00,
} as const;

/** Instructions after the prefix 0xfc whose time depends on an operand: the length, which is on top of the stack. */
export const Misc = {
  MemoryInit: 8,
  MemoryCopy: 10,
  MemoryFill: 11,
  TableInit: 12,
  TableCopy: 14,
  TableGrow: 15,
  TableFill: 17,
} as const;

/** The block type without parameters and results. */
export const emptyBlock = 0x40;

/** The value type i32. */
export const i32 = 0x7f;
