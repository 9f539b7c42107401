import { failure } from '../fail.ts';
import { type VmmKind, vmmTitles } from '../vmm-rest/vmm-kind.ts';

interface Needed {
  readonly required: readonly string[];
  /** A network, and telling the host of a panic. */
  readonly optional: readonly string[];
}

const everywhere = ['virtio_blk', 'virtio_rng', 'erofs', 'overlay'];

/**
 * Modules of a guest by what runs it. QEMU's microvm and Firecracker have devices on virtio-mmio, cloud-hypervisor on PCI; the agent is
 * reached by virtio-serial with QEMU, by vsock with the others.
 */
export const modulesOf: Readonly<Record<VmmKind, Needed>> = {
  qemu: {
    required: ['virtio_mmio', 'virtio_console', ...everywhere],
    optional: ['virtio_net', 'pvpanic_mmio'],
  },
  firecracker: { required: ['virtio_mmio', 'vmw_vsock_virtio_transport', ...everywhere], optional: [] },
  'cloud-hypervisor': {
    required: ['virtio_pci', 'vmw_vsock_virtio_transport', ...everywhere],
    optional: ['pvpanic_pci'],
  },
};

/** File systems of roots that were given: loaded in guests that have such a root. */
export const rootModules = ['ext4', 'squashfs'] as const;

/** Names of the modules that a module needs: `depends=` of its `.modinfo` section. */
export function dependenciesOf(data: Buffer): string[] {
  const key = '\0depends=';
  const start = data.indexOf(key, 0, 'latin1');
  if (start === -1) return [];
  const end = data.indexOf(0, start + key.length);
  const names = data.toString('latin1', start + key.length, end).split(',');
  return names.filter((name) => name !== '').map((name) => name.replaceAll('-', '_'));
}

/**
 * Pure: those of a kernel's modules that a guest of a VMM loads, in the order in which they are given.
 * @param builtIn what is in the kernel itself; `undefined` when nobody knows: all of it then
 * @throws PlatformError SpawnFailed `unavailable` when one is missing
 */
export function selectModules<T extends { readonly name: string; readonly data: Buffer }>(
  kind: VmmKind,
  modules: readonly T[],
  builtIn: readonly string[] | undefined,
): T[] {
  const names = new Set(modules.map(({ name }) => name));
  const { required, optional } = modulesOf[kind];
  const missing = required.find((name) => !names.has(name) && builtIn && !builtIn.includes(name));
  if (missing !== undefined) {
    throw failure(
      `The kernel for guests has no ${missing}, which those of ${vmmTitles[kind]} need`,
      'unavailable',
      {
        hint: 'Fetch it again (pepita setup), or use QEMU',
      },
    );
  }
  return withDependencies(modules, [...required, ...optional]);
}

/** Pure: modules by their names, those that are there, and what they need, in the order in which they are given. */
export function withDependencies<T extends { readonly name: string; readonly data: Buffer }>(
  modules: readonly T[],
  names: readonly string[],
): T[] {
  const byName = new Map(modules.map((module) => [module.name, module]));
  const wanted = new Set<string>();
  const add = (name: string): void => {
    const module = byName.get(name);
    if (module === undefined || wanted.has(name)) return;
    wanted.add(name);
    for (const dependency of dependenciesOf(module.data)) add(dependency);
  };
  for (const name of names) add(name);
  return modules.filter(({ name }) => wanted.has(name));
}

/** Pure: whether a kernel mounts a file system. Of a file that was given nobody knows; a guest says it. */
export const canMount = (
  {
    modules,
    builtIn,
  }: {
    readonly modules: readonly { readonly name: string }[];
    readonly builtIn?: readonly string[] | undefined;
  },
  type: string,
): boolean => builtIn === undefined || builtIn.includes(type) || modules.some(({ name }) => name === type);
