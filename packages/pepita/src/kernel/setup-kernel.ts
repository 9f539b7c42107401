import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { failure } from '../fail.ts';
import { sha256, sha256File } from '../hash.ts';
import { hostArch } from '../host-arch.ts';
import { withLock } from '../lock.ts';
import { PepitaPaths } from '../paths.ts';
import { discard, exists, publish } from '../store.ts';
import { extractVmlinux } from './bzimage.ts';
import {
  type DebianPackage,
  downloadPackage,
  resolveKernelPackage,
  unpackPackage,
} from './debian-package.ts';
import { type Kernel, type KernelRecord, readKernel, recordName } from './kernel.ts';
import { collectModules } from './modules.ts';
import { rootModules } from './vmm-modules.ts';

export interface SetupKernelOptions {
  readonly stateDirectory: string;
  /** Told what is being done, as one line. */
  readonly onProgress?: (message: string) => void;
}

/** Milliseconds for which somebody else may fetch the kernel. */
const patience = 600_000;

async function onlyEntry(folder: string, pattern: RegExp): Promise<string> {
  const name = (await readdir(folder).catch(() => [])).find((entry) => pattern.test(entry));
  if (name !== undefined) return join(folder, name);
  throw failure(`The kernel package has nothing like ${pattern.source} in it`, 'engine-error', {
    hint: 'Give a kernel instead (--kernel FILE)',
  });
}

/** `lib/modules`, or `usr/lib/modules` where packages have it there (Debian 13). */
async function modulesFolder(unpacked: string): Promise<string> {
  const lib = (await exists(join(unpacked, 'lib'))) ? 'lib' : 'usr/lib';
  return await onlyEntry(join(unpacked, lib, 'modules'), /^\d/);
}

/** Fills the folder of a kernel from its package. */
async function build(folder: string, source: DebianPackage, version: string, tell: (text: string) => void) {
  const work = join(folder, 'work');
  const unpacked = join(work, 'unpacked');
  await mkdir(join(folder, 'modules'), { recursive: true, mode: 0o700 });
  await mkdir(work, { mode: 0o700 });
  tell(`Downloading ${source.name} ${source.version}`);
  const deb = await downloadPackage(source, work);
  tell('Unpacking the kernel');
  await unpackPackage(deb, unpacked);
  const bzImage = await readFile(await onlyEntry(join(unpacked, 'boot'), /^vmlinuz-/));
  const vmlinux = extractVmlinux(bzImage);
  const [file, image] = vmlinux ? (['vmlinux', vmlinux] as const) : (['bzImage', bzImage] as const);
  await writeFile(join(folder, file), image, { mode: 0o600 });
  const modules = [];
  const collected = await collectModules(await modulesFolder(unpacked));
  for (const { name, data } of collected.modules) {
    await writeFile(join(folder, 'modules', `${name}.ko`), data, { mode: 0o600 });
    modules.push({ name, file: `modules/${name}.ko`, sha256: sha256(data) });
  }
  const record: KernelRecord = {
    format: 1,
    version,
    file,
    sha256: sha256(image),
    size: image.length,
    package: { ...source, sha256: await sha256File(deb) },
    modules,
    builtIn: collected.builtIn,
  };
  await writeFile(join(folder, recordName), `${JSON.stringify(record, undefined, 2)}\n`, { mode: 0o600 });
  await rm(work, { recursive: true });
}

/** One that an earlier version has fetched lacks what guests of other VMMs than QEMU need, or file systems of roots that are given. */
const isComplete = ({ modules, builtIn = [] }: Kernel): boolean => {
  const names = [...modules.map(({ name }) => name), ...builtIn];
  return ['vmw_vsock_virtio_transport', ...rootModules].every((name) => names.includes(name));
};

/**
 * Fetches Debian's cloud kernel through apt, unpacks it without installing it, and keeps what guests need of it under
 * `kernels/VERSION/`. A kernel that is there already is not fetched again. Needs no root.
 * @throws PlatformError SpawnFailed or NotSupported, each one line with what to do
 */
export async function setupKernel({ stateDirectory, onProgress }: SetupKernelOptions): Promise<Kernel> {
  const { kernels } = new PepitaPaths(stateDirectory);
  const source = await resolveKernelPackage(`linux-image-cloud-${hostArch().debian}`);
  const version = `${source.name.replace(/^linux-image-/, '')}_${source.version}`;
  const folder = join(kernels, version.replaceAll(/[^\w.+~-]/g, '_'));
  const tell = onProgress ?? (() => undefined);
  const made = await withLock(join(kernels, '.setup.lock'), { patience }, async () => {
    const there = await readKernel(folder);
    if (there && isComplete(there)) return there;
    await discard(folder);
    await publish(folder, (temporary) => build(temporary, source, version, tell));
    return await readKernel(folder);
  });
  if (made?.result) return made.result;
  throw failure('Another process has been fetching the kernel for ten minutes', 'timeout', {
    hint: 'Wait for it, or end it',
  });
}
