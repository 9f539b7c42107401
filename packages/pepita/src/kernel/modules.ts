import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { failure } from '../fail.ts';
import { lastLine, runTool } from '../run-tool.ts';
import { vmmKinds } from '../vmm-rest/vmm-kind.ts';
import { dependenciesOf, modulesOf, rootModules } from './vmm-modules.ts';

/** A loadable module, unpacked. */
export interface KernelModule {
  /** As the kernel has it: with underscores. */
  readonly name: string;
  readonly data: Buffer;
}

export interface CollectedModules {
  /** Each after those that it depends on. */
  readonly modules: readonly KernelModule[];
  /** Those that guests need and that are in the kernel itself. */
  readonly builtIn: readonly string[];
}

/** What a guest of QEMU cannot do without, which every kernel must have. */
const required = modulesOf.qemu.required;
/** What it can, what guests of the other VMMs need, and roots that were given: those are refused where it is missing. */
const optional = [
  ...new Set([
    ...vmmKinds.flatMap((kind) => [...modulesOf[kind].required, ...modulesOf[kind].optional]),
    ...rootModules,
  ]),
].filter((name) => !required.includes(name));

/** `virtio-rng.ko.xz` is the module `virtio_rng`. */
const nameOf = (file: string): string =>
  basename(file)
    .replace(/\.ko(\.\w+)?$/, '')
    .replaceAll('-', '_');

async function unpack(file: string): Promise<Buffer> {
  const data = await readFile(file);
  if (file.endsWith('.ko')) return data;
  if (file.endsWith('.gz')) return gunzipSync(data);
  if (file.endsWith('.zst')) return zstdDecompressSync(data);
  const { code, stderr } = await runTool('xz', ['--decompress', '--keep', file]);
  if (code === 0) return await readFile(file.replace(/\.xz$/, ''));
  throw failure(`Cannot unpack ${basename(file)}: ${lastLine(stderr) || 'xz did not run'}`, 'engine-error', {
    hint: 'Install xz-utils',
  });
}

/**
 * The modules that guests need of an unpacked kernel package, of whatever VMM. The package has no modules.dep (it is made when it is installed), so the modules are asked themselves.
 * @param root `lib/modules/VERSION`
 * @throws PlatformError SpawnFailed when one is neither there nor built in
 */
export async function collectModules(root: string): Promise<CollectedModules> {
  const files = await readdir(root, { recursive: true });
  const byName = new Map<string, string>();
  for (const file of files) if (/\.ko(\.\w+)?$/.test(file)) byName.set(nameOf(file), join(root, file));
  const builtIn = await readFile(join(root, 'modules.builtin'), 'utf8').catch(() => '');
  const isBuiltIn = new Set(builtIn.split('\n').map(nameOf));
  const found = new Map<string, KernelModule>();
  async function add(name: string, needed: boolean): Promise<void> {
    if (found.has(name) || isBuiltIn.has(name)) return;
    const file = byName.get(name);
    if (file === undefined) {
      if (!needed) return;
      throw failure(`The kernel in ${root} has no module ${name}`, 'engine-error', {
        hint: 'Use a kernel with virtio, overlayfs and EROFS',
      });
    }
    const data = await unpack(file);
    for (const dependency of dependenciesOf(data)) await add(dependency, needed);
    found.set(name, { name, data });
  }
  for (const name of required) await add(name, true);
  for (const name of optional) await add(name, false);
  return {
    modules: [...found.values()],
    builtIn: [...required, ...optional].filter((name) => isBuiltIn.has(name)),
  };
}
