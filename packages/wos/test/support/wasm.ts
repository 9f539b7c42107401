/** Modules that no compiler makes, byte by byte. */
const section = (id: number, ...content: number[]): number[] => [id, content.length, ...content];
const name = (text: string): number[] => [text.length, ...Buffer.from(text)];
const header = [0, 97, 115, 109, 1, 0, 0, 0];

/** Instructions. */
export const op = {
  loop: [0x03, 0x40],
  try: [0x06, 0x40],
  catchAll: [0x19],
  end: [0x0b],
  branch: (depth: number): number[] => [0x0c, depth],
  call: (index: number): number[] => [0x10, index],
  i32: (value: number): number[] => [0x41, value],
  unreachable: [0x00],
};

/** A module with one imported function `(i32) -> ()` of WASI preview1, and `_start`. */
export function moduleOf(
  body: readonly number[],
  options: { imports?: string; startSection?: boolean } = {},
): Uint8Array {
  const types = section(1, 2, 0x60, 0, 0, 0x60, 1, 0x7f, 0);
  const imported = section(
    2,
    1,
    ...name('wasi_snapshot_preview1'),
    ...name(options.imports ?? 'proc_exit'),
    0,
    1,
  );
  const code = [0, ...body, 0x0b];
  return Uint8Array.from([
    ...header,
    ...types,
    ...imported,
    ...section(3, 1, 0),
    ...section(7, 1, ...name('_start'), 0, 1),
    ...(options.startSection ? section(8, 1) : []),
    ...section(10, 1, code.length, ...code),
  ]);
}
