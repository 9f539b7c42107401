import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DaemonSpec } from '@duende/core/contract';
import type { VmNetwork } from '../qemu/vm-config.ts';
import { exists, touch, trim } from '../store.ts';
import type { Context } from './context.ts';
import { type GuestProgram, givenProgram, hostProgram } from './host-image.ts';
import type { PepitaSettings } from './settings.ts';
import { vcpusOf } from './vcpus.ts';
import type { VmRecord } from './vm-record.ts';

const mebibyte = 1024 ** 2;
/** Bytes of a guest whose spec says nothing of memory. */
const usual = { program: 256 * mebibyte, module: 512 * mebibyte };
/** Bytes that a guest needs besides those of its daemon: the kernel, its caches, the layer that takes what is written. */
const reserve = 96 * mebibyte;

/** Pure: bytes of a guest. Few sizes, so that few snapshots serve all. */
export function memoryOf(spec: DaemonSpec, { memory }: Pick<PepitaSettings, 'memory'>): number {
  if (memory !== undefined) return memory;
  let size = 'module' in spec ? usual.module : usual.program;
  while (size < (spec.resources.memoryMax ?? 0) + reserve) size *= 2;
  return size;
}

/** Pure: none, unless it is asked for. */
export function networkOf(spec: DaemonSpec, { network, ports }: PepitaSettings): VmNetwork | undefined {
  const outbound = network === 'user' || spec.sandbox.network === 'host';
  if (!outbound && ports.length === 0) return undefined;
  return {
    outbound,
    ports: ports.map(({ guest, host = guest, protocol }) => ({ protocol, hostPort: host, guestPort: guest })),
  };
}

/** Images of which it is known that they were used. */
const keptMarks = 256;

/** Whether a VM was started from this image before: it is worth a snapshot of its own then. */
async function wasUsed({ paths }: Context, key: string): Promise<boolean> {
  const mark = join(paths.used, key);
  if (await exists(mark)) {
    await touch(mark);
    return true;
  }
  await mkdir(paths.used, { recursive: true, mode: 0o700 });
  await writeFile(mark, '', { mode: 0o600 });
  await trim(paths.used, keptMarks);
  return false;
}

/** Everything that the VM of a spec is made from, but its numbers. @throws PlatformError see hostProgram, givenRootfs */
export async function planVm(
  context: Context,
  spec: DaemonSpec,
  settings: PepitaSettings,
): Promise<Omit<VmRecord, 'vmId' | 'cid'>> {
  let guest: GuestProgram;
  if (settings.rootfs !== undefined && 'program' in spec) {
    const { givenRootfs } = await import('./given-rootfs.ts');
    const { kernel } = await context.machine(settings.kernel, settings.vmm);
    guest = givenProgram(spec, await givenRootfs(settings.rootfs, kernel));
  } else {
    guest = await hostProgram(spec, settings, context.paths);
  }
  const { rootfs, warm, ...program } = guest;
  const network = networkOf(spec, settings);
  const { mode, writable = [] } = spec.sandbox.filesystem ?? {};
  // Its type is mounted by the snapshot, and a given one may be of another.
  const isWarm = settings.template && rootfs.type === 'erofs' && (await wasUsed(context, rootfs.key));
  return {
    ...program,
    ...(settings.vmm === undefined || settings.vmm === 'qemu' ? {} : { vmm: settings.vmm }),
    ...(settings.kernel === undefined ? {} : { kernel: settings.kernel }),
    vcpus: vcpusOf(spec, settings),
    memory: memoryOf(spec, settings),
    ...(network === undefined ? {} : { network }),
    template: settings.template,
    rootfs,
    ...(isWarm ? { warm } : {}),
    readOnly: mode === 'read-only' || !settings.overlay,
    writable,
  };
}
