import { posix } from 'node:path';
import type { FileEntry } from '@duende/image';

/** Bytes of a block, which must be those of a page of the guest. */
export const blockSize = 4096;

/** Blocks that hold so many bytes. */
export const blocksOf = (bytes: number): number => Math.ceil(bytes / blockSize);

/** File types in a directory, erofs_fs.h. */
const fileTypes = { file: 1, directory: 2, symlink: 7 } as const;
/** A directory entry without its name: node number, offset of the name, type. */
const direntSize = 12;

/** A name in a folder, and what it leads to. */
interface Child {
  readonly name: Buffer;
  readonly node: bigint;
  readonly type: FileEntry['type'];
}

/** The numbers by which inodes are found: 32 bytes each, and an inode has two of them. The first two stay empty, so none is 0. */
export const nodeOf = (index: number): bigint => BigInt(2 * (index + 1));

/** One block of a folder; all but the last one are filled up with zeros. */
function directoryBlock(children: readonly Child[], isLast: boolean): Buffer {
  const names = Buffer.concat(children.map(({ name }) => name));
  const size = children.length * direntSize + names.length;
  const block = Buffer.alloc(isLast ? size : blockSize);
  let nameAt = children.length * direntSize;
  for (const [index, { name, node, type }] of children.entries()) {
    const at = index * direntSize;
    block.writeBigUInt64LE(node, at);
    block.writeUInt16LE(nameAt, at + 8);
    block.writeUInt8(fileTypes[type], at + 10);
    name.copy(block, nameAt);
    nameAt += name.length;
  }
  return block;
}

/** The content of a folder: names in the order of their bytes, `.` and `..` among them, no entry across a block. */
function directoryContent(children: readonly Child[]): Buffer {
  const sorted = children.toSorted((a, b) => Buffer.compare(a.name, b.name));
  const groups: Child[][] = [[]];
  let free = blockSize;
  for (const child of sorted) {
    const size = direntSize + child.name.length;
    if (size > free) {
      groups.push([]);
      free = blockSize;
    }
    groups.at(-1)?.push(child);
    free -= size;
  }
  return Buffer.concat(groups.map((group, index) => directoryBlock(group, index === groups.length - 1)));
}

/** The contents of all folders by their index in `entries`, which has the folders before what is in them. */
export function directoryContents(entries: readonly FileEntry[]): ReadonlyMap<number, Buffer> {
  const indexes = new Map(entries.map(({ path }, index) => [path, index]));
  const folders = new Map<number, Child[]>();
  for (const [index, { path, type }] of entries.entries()) {
    const parentIndex = indexes.get(posix.dirname(path));
    if (parentIndex === undefined) throw new Error(`${path} is in no folder of the plan`);
    if (type === 'directory') {
      const own = { name: Buffer.from('.'), node: nodeOf(index), type };
      folders.set(index, [own, { name: Buffer.from('..'), node: nodeOf(parentIndex), type }]);
    }
    if (path === '/') continue;
    folders.get(parentIndex)?.push({ name: Buffer.from(posix.basename(path)), node: nodeOf(index), type });
  }
  return new Map([...folders].map(([index, children]) => [index, directoryContent(children)]));
}

/** Links to each folder: its own name, its `.`, and the `..` of those in it. */
export function linkCounts(entries: readonly FileEntry[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { path, type } of entries) {
    if (type !== 'directory') continue;
    counts.set(path, (counts.get(path) ?? 0) + 2);
    const parent = posix.dirname(path);
    if (path !== '/') counts.set(parent, (counts.get(parent) ?? 0) + 1);
  }
  return counts;
}
