import { access, constants } from 'node:fs/promises';
import { join } from 'node:path';
import { failure } from '../fail.ts';
import { runTool } from '../run-tool.ts';

/** A VMM on this machine. */
export interface VmmProgram {
  /** Absolute. */
  readonly program: string;
  /** The line that says it, whole: snapshots fit the version that made them. */
  readonly version: string;
}

export interface ProgramKind {
  readonly title: string;
  /** Of the file. */
  readonly name: string;
  /** The oldest that will do, and why. */
  readonly oldest: readonly [number, number];
  readonly because: string;
  /** Where to get it: neither is in Debian. */
  readonly hint: string;
}

/** Pure: major and minor number in `Firecracker v1.10.1` or `cloud-hypervisor v45.0.0`. */
export function parseVersion(line: string): readonly [number, number] | undefined {
  const [, major, minor = '0'] = /\bv(\d+)(?:\.(\d+))?/.exec(line) ?? [];
  return major === undefined ? undefined : [Number(major), Number(minor)];
}

async function look(
  program: string,
  { title, name, oldest, because, hint }: ProgramKind,
): Promise<VmmProgram> {
  const { code, stdout } = await runTool(program, ['--version'], { timeout: 20_000 });
  const line = stdout.split('\n')[0]?.trim() ?? '';
  const version = parseVersion(line);
  if (code !== 0 || version === undefined || !line.toLowerCase().startsWith(name)) {
    throw failure(`${program} does not say which version of ${title} it is`, 'unavailable', { hint });
  }
  const [major, minor] = version;
  if (major < oldest[0] || (major === oldest[0] && minor < oldest[1])) {
    const text = `${title} ${major}.${minor} is too old: ${oldest.join('.')} or newer is needed, ${because}`;
    throw failure(text, 'unavailable', { hint });
  }
  return { program, version: line };
}

/**
 * The program in PATH, or the one that was given.
 * @throws PlatformError SpawnFailed `unavailable` when there is none, or when it is too old
 */
export async function findProgram(kind: ProgramKind, given?: string): Promise<VmmProgram> {
  const folders = `${process.env.PATH ?? ''}:/usr/bin:/usr/local/bin`
    .split(':')
    .filter((path) => path.startsWith('/'));
  for (const program of given === undefined ? folders.map((folder) => join(folder, kind.name)) : [given]) {
    const isThere = await access(program, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isThere) return await look(program, kind);
  }
  throw failure(`There is no ${given ?? kind.name} here`, 'unavailable', { hint: kind.hint });
}
