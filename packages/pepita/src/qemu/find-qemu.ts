import { access, constants } from 'node:fs/promises';
import { join } from 'node:path';
import { failure } from '../fail.ts';
import { hostArch } from '../host-arch.ts';
import { runTool } from '../run-tool.ts';

export interface Qemu {
  readonly program: string;
  /** All of its version line, which changes with every build: `QEMU emulator version 7.2.22 (Debian 1:7.2+dfsg-7+deb12u18+b3)`. */
  readonly version: string;
}

/** The oldest one whose `-action panic=exit-failure` and JSON `-netdev` there are. */
const oldest = [7, 1] as const;

/** `7.2.22` in the version line. */
export function parseQemuVersion(text: string): readonly [number, number] | undefined {
  const [, major, minor] = /version (\d+)\.(\d+)/.exec(text) ?? [];
  return major === undefined ? undefined : [Number(major), Number(minor)];
}

const cache = new Map<string, Promise<Qemu>>();

async function look(program: string): Promise<Qemu> {
  const { code, stdout } = await runTool(program, ['--version'], { timeout: 20_000 });
  const version = stdout.split('\n')[0]?.trim() ?? '';
  const [major, minor] = parseQemuVersion(version) ?? [];
  const hint = 'Install QEMU 7.1 or newer: apt-get install qemu-system-x86';
  if (code !== 0 || major === undefined || minor === undefined) {
    throw failure(`${program} does not say which version it is`, 'unavailable', { hint });
  }
  if (major < oldest[0] || (major === oldest[0] && minor < oldest[1])) {
    throw failure(`QEMU ${major}.${minor} is too old`, 'unavailable', { hint });
  }
  return { program, version };
}

/** QEMU in PATH, or the program that was given. @throws PlatformError SpawnFailed `unavailable`, NotSupported */
export async function findQemu(given?: string): Promise<Qemu> {
  const name = `qemu-system-${hostArch().qemu}`;
  const folders = `${process.env.PATH ?? ''}:/usr/bin:/usr/local/bin`
    .split(':')
    .filter((path) => path.startsWith('/'));
  for (const program of given === undefined ? folders.map((folder) => join(folder, name)) : [given]) {
    const isThere = await access(program, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (!isThere) continue;
    const known = cache.get(program) ?? look(program);
    cache.set(program, known);
    return await known;
  }
  throw failure(`There is no ${given ?? name} here`, 'unavailable', {
    hint: 'Install it: apt-get install qemu-system-x86',
  });
}
