import type { FileEntry } from '@duende/image';
import { blockSize, blocksOf, directoryContents, linkCounts, nodeOf } from './erofs-tree.ts';

/** Where the contents of an entry are. */
export interface Extent {
  readonly entry: FileEntry;
  /** Byte in the image. */
  readonly offset: number;
  /** Bytes. */
  readonly size: number;
  /** What is known already: of folders, links and files that are made here. */
  readonly content: Buffer | undefined;
}

/** An image before the files of the host are read into it. */
export interface ErofsLayout {
  /** Superblock and inodes: the first bytes of the image. */
  readonly head: Buffer;
  /** Of everything that has content, in the order of its bytes. */
  readonly extents: readonly Extent[];
  /** Bytes, a whole number of blocks. */
  readonly size: number;
}

const magic = 0xe0f5e1e2;
/** The first block is for boot code and the superblock. */
const superblockOffset = 1024;
const metaBlock = 1;
const inodeSize = 64;
/** Bit 0: the long inode, with 32-bit owners; bits 1 to 3 are 0: contents are whole blocks, one after the other. */
const longInode = 1;
const typeBits = { file: 0o100000, directory: 0o040000, symlink: 0o120000 } as const;

function superblock(root: bigint, inodes: number, blocks: number): Buffer {
  const block = Buffer.alloc(128);
  block.writeUInt32LE(magic, 0);
  block.writeUInt8(Math.log2(blockSize), 12);
  block.writeUInt16LE(Number(root), 14);
  block.writeBigUInt64LE(BigInt(inodes), 16);
  block.writeUInt32LE(blocks, 36);
  block.writeUInt32LE(metaBlock, 40);
  return block;
}

interface InodeInput {
  readonly entry: FileEntry;
  readonly number: number;
  readonly size: number;
  readonly block: number;
  readonly links: number;
}

function inode({ entry, number, size, block, links }: InodeInput): Buffer {
  const bytes = Buffer.alloc(inodeSize);
  bytes.writeUInt16LE(longInode, 0);
  bytes.writeUInt16LE(typeBits[entry.type] | entry.mode, 4);
  bytes.writeBigUInt64LE(BigInt(size), 8);
  bytes.writeUInt32LE(block, 16);
  bytes.writeUInt32LE(number, 20);
  bytes.writeUInt32LE(entry.uid, 24);
  bytes.writeUInt32LE(entry.gid, 28);
  bytes.writeUInt32LE(links, 44);
  return bytes;
}

function knownContent(entry: FileEntry, folder: Buffer | undefined): Buffer | undefined {
  if (entry.type === 'symlink') return Buffer.from(entry.linkTarget);
  if (entry.type === 'directory') return folder;
  return 'content' in entry ? entry.content : undefined;
}

/**
 * Pure: lays out an EROFS image (Linux Documentation/filesystems/erofs.rst, fs/erofs/erofs_fs.h) that is not compressed and has no
 * extended attributes. The same entries give the same bytes; all times are 0.
 * @param entries folders before what is in them, the root first
 */
export function layOutErofs(entries: readonly FileEntry[]): ErofsLayout {
  const folders = directoryContents(entries);
  const links = linkCounts(entries);
  const head = Buffer.alloc((metaBlock + blocksOf((entries.length + 1) * inodeSize)) * blockSize);
  const extents: Extent[] = [];
  let block = head.length / blockSize;
  for (const [index, entry] of entries.entries()) {
    const content = knownContent(entry, folders.get(index));
    const size = content?.length ?? ('identity' in entry ? entry.identity.size : 0);
    const node = nodeOf(index);
    const at = metaBlock * blockSize + Number(node) * 32;
    inode({ entry, number: Number(node), size, block, links: links.get(entry.path) ?? 1 }).copy(head, at);
    if (size > 0) extents.push({ entry, offset: block * blockSize, size, content });
    block += blocksOf(size);
  }
  superblock(nodeOf(0), entries.length, block).copy(head, superblockOffset);
  return { head, extents, size: block * blockSize };
}
