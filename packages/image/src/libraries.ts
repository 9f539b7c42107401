import { constants } from 'node:os';
import { posix } from 'node:path';
import { configError } from '@duende/core/contract';
import { execError } from '@duende/program';
import { notExecutable } from './errors.ts';
import { type HostPath, PathError, walk } from './host-path.ts';
import { identityOf } from './identity.ts';
import { askLoader, isSystemLoader } from './loader.ts';
import type { Library } from './loader-output.ts';
import type { Packing } from './packing.ts';

/** What glibc loads without a program asking for it: pthread_cancel(3) and backtrace(3). */
const loadedLater = ['libgcc_s.so.1'];
/** Name services, which have been a part of libc since glibc 2.34. */
const nameServices = ['libnss_files.so.2', 'libnss_dns.so.2', 'libresolv.so.2'];

/** Packs the loader of a program and the libraries that it finds. @throws PlatformError SpawnFailed when some are missing. */
export async function packLibraries(program: HostPath, loader: string, packing: Packing): Promise<void> {
  const { platform, tree } = packing;
  const host = walkLoader(program, loader, packing);
  tree.file(host.real, 'base', host.stat);
  const question = {
    loader,
    loaderStat: host.stat,
    program: program.real,
    identity: identityOf(program.stat),
    libraryPath: packing.env.LD_LIBRARY_PATH,
  };
  const { libraries, missing, problem } = await askLoader(question, packing.cache);
  if (missing.length > 0) {
    throw notExecutable(
      `Cannot execute ${program.real}: libraries are missing on this host: ${missing.join(', ')}`,
      platform,
      'Install them, or name their folder in LD_LIBRARY_PATH of env',
    );
  }
  if (problem !== undefined) throw notExecutable(`Cannot load ${program.real}: ${problem}`, platform);
  for (const { path } of libraries) packLibrary(path, packing);
  linkLibraries(libraries, loader, packing);
}

function walkLoader(program: HostPath, loader: string, { platform, tree }: Packing): HostPath {
  const errno = constants.errno.ENOENT;
  if (!loader.startsWith('/')) throw execError(program.real, errno, platform, `: ${loader}`);
  let host: HostPath;
  try {
    host = walk(tree, loader, 'base');
  } catch (error) {
    if (error instanceof PathError) throw execError(program.real, error.errno, platform, `: ${loader}`);
    throw error;
  }
  if (isSystemLoader(loader, host.real, host.stat)) return host;
  throw configError(`program: ${program.real} has the loader ${loader}, which is not one of the system`, {
    platform,
    operation: 'spawn',
    field: 'program',
    hint: 'The loader must be a file ld-*.so* that belongs to root and that nobody else may write',
  });
}

function packLibrary(path: string, { tree }: Packing): void {
  const { real, stat } = walk(tree, path, 'base');
  tree.file(real, 'base', stat);
}

/**
 * The image has no /etc/ld.so.cache: what is not in a folder where the loader looks anyway gets a link there. libc is always
 * in such a folder; musl's loader is libc itself, and looks into /lib.
 */
function linkLibraries(libraries: readonly Library[], loader: string, packing: Packing): void {
  const { tree } = packing;
  const libc = libraries.find(({ name }) => name === 'libc.so.6');
  const isMusl = posix.basename(loader).startsWith('ld-musl');
  if (libc === undefined && !isMusl) return;
  const folder = libc === undefined ? '/lib' : posix.dirname(libc.path);
  const { real } = walk(tree, folder, 'base');
  for (const { name, path } of libraries) {
    if (name.includes('/') || path === loader) continue;
    const own = walk(tree, posix.dirname(path), 'base').real;
    if (own !== real) tree.fallbackLink(posix.join(real, name), 'base', path);
  }
  if (libc === undefined) return;
  // Older ones are named libc-2.31.so.
  const isOld = /^libc-2\.\d+\.so$/.test(posix.basename(walk(tree, libc.path, 'base').real));
  for (const name of [...loadedLater, ...(isOld ? nameServices : [])]) {
    try {
      packLibrary(posix.join(folder, name), packing);
    } catch (error) {
      // A host without it has programs that do not need it.
      if (!(error instanceof PathError)) throw error;
    }
  }
}
