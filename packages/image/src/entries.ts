import type { FileIdentity } from './identity.ts';

/** `base` changes rarely (loader, libraries, Node, skeleton), `daemon` is the program or the bundle. */
export type LayerName = 'base' | 'daemon';

interface Common {
  /** Absolute, without `.` and `..`, and without symbolic links in its folders. */
  readonly path: string;
  /** Permission bits; a symbolic link always has 0777. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly layer: LayerName;
}

export interface DirectoryEntry extends Common {
  readonly type: 'directory';
}

export interface SymlinkEntry extends Common {
  readonly type: 'symlink';
  /** As readlink(2) says it: relative ones stay relative. */
  readonly linkTarget: string;
}

/** A file of this host: read when the image is streamed, and not before. */
export interface SourceEntry extends Common {
  readonly type: 'file';
  readonly source: string;
  /** What the file was when the plan was made; its size in bytes too. */
  readonly identity: FileIdentity;
}

/** A file that is made here. */
export interface ContentEntry extends Common {
  readonly type: 'file';
  readonly content: Buffer;
}

/** One thing in the root file system of an image. */
export type FileEntry = DirectoryEntry | SymlinkEntry | SourceEntry | ContentEntry;

/** Bytes of a file. */
export function entrySize(entry: FileEntry): number {
  if (entry.type !== 'file') return 0;
  return 'content' in entry ? entry.content.length : entry.identity.size;
}
