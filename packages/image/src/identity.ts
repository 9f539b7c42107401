import type { BigIntStats } from 'node:fs';

/** What tells a file and its content from every other: as long as all of it is the same, so is the content. */
export interface FileIdentity {
  readonly device: string;
  readonly inode: string;
  /** Bytes. */
  readonly size: number;
  /** Nanoseconds since 1970, which are too many for a number. */
  readonly modified: string;
  readonly changed: string;
}

export function identityOf(stat: BigIntStats): FileIdentity {
  return {
    device: String(stat.dev),
    inode: String(stat.ino),
    size: Number(stat.size),
    modified: String(stat.mtimeNs),
    changed: String(stat.ctimeNs),
  };
}

/** One text for one identity. */
export const identityKey = (identity: FileIdentity): string =>
  [identity.device, identity.inode, identity.size, identity.modified, identity.changed].join(':');

/**
 * Milliseconds for which a change may keep the timestamps of a file as they are (a coarse clock, a file system with whole
 * seconds): what was changed so recently is not remembered, as in git's index.
 */
const racyWindow = 2000;

/** Whether a later change of the file would surely change its identity. */
export function isSettled(identity: FileIdentity, now: number = Date.now()): boolean {
  return Number(BigInt(identity.changed) / 1_000_000n) < now - racyWindow;
}
