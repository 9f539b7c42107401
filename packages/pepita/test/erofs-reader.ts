/** What an image says of one path. */
export interface ReadEntry {
  readonly path: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly links: number;
  readonly content: Buffer;
}

const block = 4096;

/** Reads an EROFS image that is not compressed, from the root on, written anew from erofs_fs.h. */
export function readErofs(image: Buffer): ReadEntry[] {
  if (image.readUInt32LE(1024) !== 0xe0f5e1e2 || image[1024 + 12] !== 12) throw new Error('no EROFS image');
  const meta = image.readUInt32LE(1024 + 40) * block;
  const found: ReadEntry[] = [];
  const walk = (node: number, path: string): void => {
    const at = meta + node * 32;
    if (image.readUInt16LE(at) !== 1) throw new Error(`${path}: another inode`);
    const mode = image.readUInt16LE(at + 4);
    const size = Number(image.readBigUInt64LE(at + 8));
    const start = image.readUInt32LE(at + 16) * block;
    const content = image.subarray(start, start + size);
    const [uid, gid, links] = [24, 28, 44].map((offset) => image.readUInt32LE(at + offset)) as [
      number,
      number,
      number,
    ];
    found.push({ path: path || '/', mode, uid, gid, links, content });
    if ((mode & 0o170000) !== 0o040000) return;
    for (const { name, child } of namesIn(content)) {
      if (name !== '.' && name !== '..') walk(child, `${path}/${name}`);
    }
  };
  walk(image.readUInt16LE(1024 + 14), '');
  return found;
}

/** Names of a folder in their order; each block has its own. */
export function namesIn(content: Buffer): { name: string; child: number }[] {
  const found: { name: string; child: number }[] = [];
  for (let from = 0; from < content.length; from += block) {
    const part = content.subarray(from, from + block);
    const count = part.readUInt16LE(8) / 12;
    for (let index = 0; index < count; index += 1) {
      const start = part.readUInt16LE(index * 12 + 8);
      const end = index + 1 < count ? part.readUInt16LE(index * 12 + 20) : part.length;
      const name = part.toString('utf8', start, end).replace(/\0+$/, '');
      found.push({ name, child: Number(part.readBigUInt64LE(index * 12)) });
    }
  }
  return found;
}
