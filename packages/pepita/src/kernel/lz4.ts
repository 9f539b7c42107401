/** Little-endian magic of the legacy frame, the one that Linux compresses itself with (lz4_Frame_format.md, "Legacy frame"). */
const legacyMagic = 0x184c2102;
/** Bytes that one block of a legacy frame holds at most. */
const blockSize = 8 * 1024 * 1024;

export const isLz4Legacy = (data: Buffer): boolean =>
  data.length >= 4 && data.readUInt32LE(0) === legacyMagic;

/** Further bytes of a length whose first part was all ones. */
function readMore(source: Buffer, position: number): { readonly length: number; readonly next: number } {
  let length = 0;
  let next = position;
  for (;;) {
    const byte = source[next];
    if (byte === undefined) throw new Error('the LZ4 data ends in a length');
    next += 1;
    length += byte;
    if (byte !== 255) return { length, next };
  }
}

/** One block (lz4_Block_format.md). @returns how far `target` is filled. */
function decodeBlock(source: Buffer, target: Buffer, start: number): number {
  let from = 0;
  let to = start;
  while (from < source.length) {
    const token = source[from] as number;
    from += 1;
    let literals = token >> 4;
    if (literals === 15) {
      const more = readMore(source, from);
      literals += more.length;
      from = more.next;
    }
    if (from + literals > source.length || to + literals > target.length)
      throw new Error('the LZ4 data is cut off');
    source.copy(target, to, from, from + literals);
    from += literals;
    to += literals;
    // The last sequence has literals only.
    if (from === source.length) return to;
    const offset = source.readUInt16LE(from);
    from += 2;
    let match = (token & 15) + 4;
    if (match === 19) {
      const more = readMore(source, from);
      match += more.length;
      from = more.next;
    }
    if (offset === 0 || offset > to - start || to + match > target.length) {
      throw new Error('the LZ4 data refers to what is not there');
    }
    if (offset >= match) target.copyWithin(to, to - offset, to - offset + match);
    // A match that overlaps itself repeats what it writes.
    else
      for (let index = 0; index < match; index += 1)
        target[to + index] = target[to + index - offset] as number;
    to += match;
  }
  return to;
}

/** Unpacks a legacy frame. @throws Error for data that is damaged. */
export function decodeLz4Legacy(data: Buffer): Buffer {
  if (!isLz4Legacy(data)) throw new Error('this is no LZ4 legacy frame');
  const blocks: Buffer[] = [];
  const work = Buffer.allocUnsafe(blockSize);
  for (let position = 4; position + 4 <= data.length; ) {
    const size = data.readUInt32LE(position);
    position += 4;
    if (size === 0 || position + size > data.length) throw new Error('the LZ4 data is cut off');
    const end = decodeBlock(data.subarray(position, position + size), work, 0);
    blocks.push(Buffer.from(work.subarray(0, end)));
    position += size;
  }
  return Buffer.concat(blocks);
}
