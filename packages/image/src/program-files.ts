import { accessSync, closeSync, constants as fsConstants, openSync, readSync } from 'node:fs';
import { constants } from 'node:os';
import { posix } from 'node:path';
import { configError, type PlatformError } from '@duende/core/contract';
import { defaultPath, execError, findInPath } from '@duende/program';
import { type Elf, ElfError, isElf, readElf } from './elf.ts';
import type { LayerName } from './entries.ts';
import { notExecutable } from './errors.ts';
import { type HostPath, isKernelPath, PathError, walk } from './host-path.ts';
import { packLibraries } from './libraries.ts';
import type { Packing } from './packing.ts';
import { envProgram, headSize, parseShebang, type Shebang } from './shebang.ts';

/** Linux executes a script of a script of ... this deep, then execve(2) gives ELOOP (exec_binprm in fs/exec.c). */
const maxScripts = 5;

interface Origin {
  /** What errors name: execve(2) fails for the script, not for its interpreter. */
  readonly script: string;
  readonly depth: number;
}

/** Packs a program with everything that it needs to be executed. @throws PlatformError as execve(2) would fail. */
export async function packProgram(
  path: string,
  layer: LayerName,
  packing: Packing,
  origin: Origin = { script: path, depth: 0 },
): Promise<void> {
  const { platform, tree } = packing;
  const hint = origin.script === path ? '' : `: ${path}`;
  const fail = (errno: number): PlatformError => execError(origin.script, errno, platform, hint);
  if (origin.depth > maxScripts) throw fail(constants.errno.ELOOP);
  const host = findProgram(path, layer, packing, fail);
  const format = readFormat(host, path, packing);
  if (format === undefined) throw fail(constants.errno.ENOEXEC);
  if ('arch' in format) {
    if (format.interpreter !== undefined) await packLibraries(host, format.interpreter, packing);
  } else {
    await packInterpreter(path, format, packing, origin);
  }
  tree.file(host.real, layer, host.stat);
}

function findProgram(
  path: string,
  layer: LayerName,
  { platform, tree }: Packing,
  fail: (errno: number) => PlatformError,
): HostPath {
  try {
    const host = walk(tree, path, layer);
    if (isKernelPath(host.real)) {
      throw configError(`program: ${host.real} is under /proc, /sys or /dev and cannot be packed`, {
        platform,
        operation: 'spawn',
        field: 'program',
        hint: 'Give the path of the file itself',
      });
    }
    accessSync(host.real, fsConstants.R_OK | fsConstants.X_OK);
    if (host.stat.isFile()) return host;
  } catch (error) {
    if (error instanceof PathError) throw fail(error.errno);
    if ((error as NodeJS.ErrnoException).code !== 'EACCES') throw error;
  }
  throw fail(constants.errno.EACCES);
}

/** How the kernel would execute a file; `undefined` when it would not. */
function readFormat({ real }: HostPath, path: string, { platform }: Packing): Elf | Shebang | undefined {
  const head = Buffer.alloc(headSize);
  const fd = openSync(real, 'r');
  try {
    const length = readSync(fd, head, 0, headSize, 0);
    if (!isElf(head)) return parseShebang(head.subarray(0, length));
    const elf = readElf(fd);
    if (elf.arch !== process.arch)
      throw new ElfError(`it is built for ${elf.arch}, this host is ${process.arch}`);
    return elf;
  } catch (error) {
    if (!(error instanceof ElfError)) throw error;
    throw notExecutable(
      `Cannot execute ${path}: ${error.message}`,
      platform,
      'Images are made of whole 64-bit programs for x86-64 or aarch64, as this host is',
    );
  } finally {
    closeSync(fd);
  }
}

async function packInterpreter(
  path: string,
  { interpreter, argument }: Shebang,
  packing: Packing,
  origin: Origin,
): Promise<void> {
  const { platform, env } = packing;
  if (!interpreter.startsWith('/')) {
    throw configError(
      `program: the interpreter in the first line of ${path} is no absolute path: ${interpreter}`,
      {
        platform,
        operation: 'spawn',
        field: 'program',
        hint: 'Write its whole path after #!',
      },
    );
  }
  await packProgram(interpreter, 'base', packing, { script: origin.script, depth: origin.depth + 1 });
  if (posix.basename(interpreter) !== 'env') return;
  const name = envProgram(argument);
  if (name === undefined) return;
  const found = name.startsWith('/') ? name : findInPath(name, env.PATH ?? defaultPath);
  if (found === undefined) {
    throw notExecutable(
      `Cannot execute ${path}: its first line asks for ${JSON.stringify(name)}, which is not in PATH of the daemon`,
      platform,
      'Install it, or name its folder in PATH of env',
    );
  }
  // A script that asks env for itself would never end.
  await packProgram(found, 'base', packing, { script: found, depth: origin.depth + 1 });
}
