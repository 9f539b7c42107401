/** The parts of a memory that are not zero in it or in a fresh one: the rest need not be touched. */
export interface MemoryImage {
  /** Bytes of the whole. */
  readonly size: number;
  readonly parts: readonly { readonly at: number; readonly bytes: Uint8Array }[];
}

/** Bytes that are looked at together: a page of the system's. */
const block = 4096;

/** Which blocks are not zero: 1 for each. @param memory whole pages */
export function usedBlocks(memory: Uint8Array): Uint8Array {
  const words = new BigInt64Array(memory.buffer, memory.byteOffset, memory.length / 8);
  const used = new Uint8Array(memory.length / block);
  for (let index = 0; index < used.length; index++) {
    const end = (index + 1) * (block / 8);
    for (let at = end - block / 8; at < end && used[index] === 0; at++) if (words[at] !== 0n) used[index] = 1;
  }
  return used;
}

/** @param fresh what is not zero in a fresh memory, and has to be written even where it is zero now */
export function takeImage(memory: Uint8Array, fresh: Uint8Array): MemoryImage {
  const used = usedBlocks(memory);
  const parts: { at: number; bytes: Uint8Array }[] = [];
  let begin = -1;
  for (let index = 0; index <= used.length; index++) {
    const isUsed = used[index] === 1 || fresh[index] === 1;
    if (isUsed && begin < 0) begin = index;
    if (isUsed || begin < 0) continue;
    parts.push({ at: begin * block, bytes: memory.slice(begin * block, index * block) });
    begin = -1;
  }
  return { size: memory.length, parts };
}
