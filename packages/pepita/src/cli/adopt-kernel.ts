import { constants } from 'node:fs';
import { copyFile, mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { failure } from '../fail.ts';
import { sha256File } from '../hash.ts';
import { findKernel, type Kernel, type KernelRecord, readKernel, recordName } from '../kernel/kernel.ts';
import { PepitaPaths } from '../paths.ts';
import { discard, publish } from '../store.ts';

/** Of a kernel that was given. Comes before all that were fetched, whose names begin with a number: `findKernel` takes the last one. */
const prefix = 'given-';

/** A kernel that the user has, kept as those of setup are: with a copy of its own. @throws PlatformError Config for what is none */
export async function adoptKernel(stateDirectory: string, path: string): Promise<Kernel> {
  const { kernels } = new PepitaPaths(stateDirectory);
  const source = await findKernel({ kernel: path, stateDirectory });
  const digest = await sha256File(source.file);
  const folder = join(
    kernels,
    `${prefix}${basename(path)
      .replaceAll(/[^\w.+~-]/g, '_')
      .slice(0, 80)}-${digest.slice(0, 12)}`,
  );
  const there = await readKernel(folder);
  if (!there) {
    await discard(folder);
    await publish(folder, (temporary) => copyTo(temporary, source, digest));
  }
  await dropAdopted(stateDirectory, basename(folder));
  const kernel = there ?? (await readKernel(folder));
  if (kernel) return kernel;
  throw failure(`The copy of ${path} in ${folder} is damaged`, 'engine-error', { code: 'SpawnFailed' });
}

async function copyTo(folder: string, source: Kernel, digest: string): Promise<void> {
  await mkdir(join(folder, 'modules'), { recursive: true, mode: 0o700 });
  const file = basename(source.file);
  const copy = (from: string, to: string) => copyFile(from, join(folder, to), constants.COPYFILE_FICLONE);
  await copy(source.file, file);
  const modules = source.modules.map((module) => ({
    ...module,
    source: module.file,
    file: `modules/${module.name}.ko`,
  }));
  for (const module of modules) await copy(module.source, module.file);
  const record: KernelRecord = {
    format: 1,
    version: source.version,
    file,
    sha256: digest,
    size: (await stat(source.file)).size,
    package: { name: 'given', version: source.version, sha256: digest },
    modules: modules.map(({ name, file: path, sha256 }) => ({ name, file: path, sha256 })),
    ...(source.builtIn === undefined ? {} : { builtIn: source.builtIn }),
  };
  await writeFile(join(folder, recordName), `${JSON.stringify(record, undefined, 2)}\n`, { mode: 0o600 });
}

/** Forgets kernels that were given, but for one. VMs that run go on. */
export async function dropAdopted(stateDirectory: string, keep?: string): Promise<void> {
  const { kernels } = new PepitaPaths(stateDirectory);
  const names = await readdir(kernels).catch(() => []);
  for (const name of names) if (name.startsWith(prefix) && name !== keep) await discard(join(kernels, name));
}
