import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { failure } from '../fail.ts';
import { sha256 } from '../hash.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { rootModules, selectModules, withDependencies } from '../kernel/vmm-modules.ts';
import type { PepitaPaths } from '../paths.ts';
import { publish, touch, trim } from '../store.ts';
import type { VmmKind } from '../vmm-rest/vmm-kind.ts';
import { type CpioEntry, writeCpio } from './cpio.ts';

interface Module {
  readonly name: string;
  readonly data: Buffer;
}

/** What an initramfs is made of. */
export interface InitramfsInput {
  /** The static program that becomes /init. */
  readonly agent: Buffer;
  /** In the order in which they are loaded. */
  readonly modules: readonly Module[];
  /** Those that are loaded only for a root of this type. */
  readonly roots?: Readonly<Record<string, readonly Module[]>>;
  /** /etc/duende/agent.conf: lines `key=value`. */
  readonly config: string;
}

export interface Initramfs {
  readonly file: string;
  /** SHA-256 of the archive. */
  readonly key: string;
}

/** Archives that are kept. */
const kept = 8;

const folder = (path: string, mode = 0o755): CpioEntry => ({ path, type: 'directory', mode });

/** Pure: what is in the first root file system of a guest. The agent makes the rest: /proc, /sys, further devices. */
export function initramfsEntries({ agent, modules, roots = {}, config }: InitramfsInput): CpioEntry[] {
  const file = (path: string, content: Buffer | string, mode = 0o644): CpioEntry => ({
    path,
    type: 'file',
    mode,
    content: Buffer.from(content),
  });
  const modulePath = (name: string): string => `/lib/modules/${name}.ko`;
  const listOf = (listed: readonly Module[]): string =>
    listed.map(({ name }) => `${modulePath(name)}\n`).join('');
  const all = new Map([...modules, ...Object.values(roots).flat()].map(({ name, data }) => [name, data]));
  return [
    folder('/dev'),
    // Before devtmpfs is mounted the kernel opens this one for /init.
    { path: '/dev/console', type: 'device', mode: 0o600, major: 5, minor: 1 },
    folder('/etc'),
    folder('/etc/duende'),
    file('/etc/duende/agent.conf', config),
    file('/etc/duende/modules', listOf(modules)),
    ...Object.entries(roots).map(([type, listed]) => file(`/etc/duende/modules.${type}`, listOf(listed))),
    folder('/lib'),
    folder('/lib/modules'),
    ...[...all].map(([name, data]) => file(modulePath(name), data)),
    folder('/proc', 0o555),
    folder('/sys', 0o555),
    folder('/tmp', 0o1777),
    file('/init', agent, 0o755),
  ];
}

async function readAgent(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (cause) {
    throw failure(`The guest agent is not there: ${path}`, 'unavailable', {
      hint: 'Install @duende/pepita again',
      cause,
    });
  }
}

export interface MakeInitramfsOptions {
  readonly paths: PepitaPaths;
  readonly kernel: Kernel;
  /** The agent's program. */
  readonly agent: string;
  readonly config?: string;
  /** Whose guests it is for. */
  readonly vmm: VmmKind;
}

/** The initramfs of a kernel, made unless it is there. @throws PlatformError SpawnFailed without an agent, or a module that is needed */
export async function makeInitramfs(options: MakeInitramfsOptions): Promise<Initramfs> {
  const { paths, kernel, vmm, config = '' } = options;
  const all = await Promise.all(
    kernel.modules.map(async ({ name, file }) => ({ name, data: await readFile(file) })),
  );
  const modules = selectModules(vmm, all, kernel.builtIn);
  const roots = Object.fromEntries(
    rootModules
      .map((type) => [type, withDependencies(all, [type])] as const)
      .filter(([, needed]) => needed.length > 0),
  );
  const agent = await readAgent(options.agent);
  const archive = writeCpio(initramfsEntries({ agent, modules, roots, config }));
  const key = sha256(archive);
  const file = join(paths.initramfs, `${key}.cpio`);
  const there = await stat(file).catch(() => undefined);
  if (there?.size === archive.length) {
    await touch(file);
    return { file, key };
  }
  await publish(file, (temporary) => writeFile(temporary, archive, { mode: 0o600, flag: 'wx' }));
  await trim(paths.initramfs, kept);
  return { file, key };
}
