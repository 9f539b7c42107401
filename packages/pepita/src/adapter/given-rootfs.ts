import { open, stat } from 'node:fs/promises';
import { configError } from '@duende/core/contract';
import { sha256 } from '../hash.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { canMount } from '../kernel/vmm-modules.ts';
import type { GuestProgram } from './host-image.ts';

const wrong = (message: string, hint?: string) =>
  configError(`platform.pepita.rootfs: ${message}`, {
    field: 'platform.pepita.rootfs',
    platform: 'pepita',
    operation: 'spawn',
    hint,
  });

/** Where each file system has its magic number. */
const kinds: readonly { readonly type: string; readonly offset: number; readonly magic: string }[] = [
  { type: 'erofs', offset: 1024, magic: 'e2e1f5e0' },
  { type: 'ext4', offset: 1080, magic: '53ef' },
  { type: 'squashfs', offset: 0, magic: '68737173' },
];

/** Pure: which file system begins so; `undefined` for none that a guest may have as its root. */
export function fileSystemOf(head: Buffer): string | undefined {
  return kinds.find(({ offset, magic }) => head.toString('hex', offset, offset + magic.length / 2) === magic)
    ?.type;
}

/**
 * A root file system that was given: attached read-only, with a layer in memory above it.
 * @param kernel that is to mount it
 * @throws PlatformError Config
 */
export async function givenRootfs(file: string, kernel: Kernel): Promise<GuestProgram['rootfs']> {
  const info = await stat(file, { bigint: true }).catch(() => undefined);
  if (!info?.isFile()) throw wrong(`${file} is ${info ? 'no file' : 'not there'}`);
  const head = Buffer.alloc(2048);
  try {
    const handle = await open(file, 'r');
    await handle.read(head, 0, head.length, 0).finally(() => handle.close());
  } catch (error) {
    throw wrong(`${file} cannot be read: ${(error as NodeJS.ErrnoException).code}`);
  }
  const type = fileSystemOf(head);
  if (type === undefined) throw wrong(`${file} is no file system of EROFS, ext4 or SquashFS`);
  if (!canMount(kernel, type)) {
    const hint = 'Fetch it again (pepita setup), or make the image with mkfs.erofs';
    throw wrong(`the kernel ${kernel.version} cannot mount ${type}`, hint);
  }
  if (info.size % 512n !== 0n) throw wrong(`${file} is no whole number of 512 bytes`);
  const key = sha256([file, info.dev, info.ino, info.size, info.mtimeNs, info.ctimeNs].join('\n'));
  return { file, key, type, diskSize: Number(info.size) };
}
