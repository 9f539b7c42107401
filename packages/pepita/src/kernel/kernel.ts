import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, isAbsolute, join } from 'node:path';
import { configError } from '@duende/core/contract';
import { failure } from '../fail.ts';
import { sha256 } from '../hash.ts';
import { PepitaPaths } from '../paths.ts';
import { isPartial } from '../store.ts';
import { isBzImage, isElf } from './bzimage.ts';

/** What a guest boots. */
export interface Kernel {
  /** `6.1.0-56-cloud-amd64_6.1.192-2`; the name of the file for a kernel that was given. */
  readonly version: string;
  /** An ELF kernel with a PVH entry, or a bzImage. */
  readonly file: string;
  /** Two kernels with the same key are the same: SHA-256 of its content, or of what stat says of a file that was given. */
  readonly key: string;
  /** To be loaded in this order. */
  readonly modules: readonly { readonly name: string; readonly file: string; readonly sha256: string }[];
  /** Modules that it has in itself; `undefined` for a file that was given, which must have all of them. */
  readonly builtIn?: readonly string[] | undefined;
}

/** `kernel.json` in the folder of a kernel. File names are relative to it. */
export interface KernelRecord {
  readonly format: 1;
  readonly version: string;
  readonly file: string;
  readonly sha256: string;
  /** Bytes. */
  readonly size: number;
  readonly package: { readonly name: string; readonly version: string; readonly sha256: string };
  readonly modules: readonly { readonly name: string; readonly file: string; readonly sha256: string }[];
  /** Not there in records of versions that knew QEMU only, and in those of a file that was given, which has no modules. */
  readonly builtIn?: readonly string[];
}

export const recordName = 'kernel.json';

const noKernel = (why: string) =>
  failure(why, 'unavailable', { hint: 'Fetch one (pepita setup), or give one (--kernel FILE)' });

/** A folder that `setupKernel` made. `undefined` when it is damaged. */
export async function readKernel(folder: string): Promise<Kernel | undefined> {
  try {
    const record: KernelRecord = JSON.parse(await readFile(join(folder, recordName), 'utf8'));
    const file = join(folder, record.file);
    if (record.format !== 1 || (await stat(file)).size !== record.size) return undefined;
    const modules = record.modules.map((module) => ({ ...module, file: join(folder, module.file) }));
    const builtIn = modules.length === 0 ? undefined : (record.builtIn ?? []);
    return { version: record.version, file, key: record.sha256, modules, builtIn };
  } catch {
    return undefined;
  }
}

async function givenKernel(path: string): Promise<Kernel> {
  const refuse = (why: string) =>
    configError(`kernel: ${path} ${why}`, {
      platform: 'pepita',
      operation: 'spawn',
      field: 'platform.pepita.kernel',
    });
  if (!isAbsolute(path)) throw refuse('is no absolute path');
  const found = await stat(path, { bigint: true }).catch(() => undefined);
  if (found === undefined) throw refuse('is not there');
  if (found.isDirectory()) {
    const kernel = await readKernel(path);
    if (kernel) return kernel;
    throw refuse(`has no kernel of pepita setup (no ${recordName})`);
  }
  const data = await readFile(path).catch(() => undefined);
  if (data === undefined) throw refuse('cannot be read');
  if (!isElf(data) && !isBzImage(data)) throw refuse('is no Linux kernel (neither vmlinux nor bzImage)');
  const { dev, ino, size, mtimeNs, ctimeNs } = found;
  const key = sha256([path, dev, ino, size, mtimeNs, ctimeNs].join('\n'));
  return { version: basename(path), file: path, key, modules: [] };
}

export interface FindKernelOptions {
  /** Absolute: a vmlinux or bzImage with virtio, EROFS and overlayfs built in, or a folder that `setupKernel` made. */
  readonly kernel?: string | undefined;
  readonly stateDirectory: string;
}

/** In the order of their versions, newest first: numbers in it count as numbers. */
const newestFirst = (names: readonly string[]): string[] =>
  names.toSorted((a, b) => b.localeCompare(a, 'en', { numeric: true }));

/**
 * The kernel that was given, else the newest one that `setupKernel` has fetched.
 * @throws PlatformError Config for one that is none, SpawnFailed `unavailable` when there is none at all.
 */
export async function findKernel({ kernel, stateDirectory }: FindKernelOptions): Promise<Kernel> {
  if (kernel !== undefined) return await givenKernel(kernel);
  const { kernels } = new PepitaPaths(stateDirectory);
  const names = await readdir(kernels).catch(() => []);
  for (const name of newestFirst(names.filter((entry) => !isPartial(entry)))) {
    const found = await readKernel(join(kernels, name));
    if (found) return found;
  }
  throw noKernel('There is no kernel for guests');
}
