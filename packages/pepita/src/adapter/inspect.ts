import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DaemonHandle } from '@duende/core/contract';
import type { VmNetwork } from '../qemu/vm-config.ts';
import type { VmmKind } from '../vmm-rest/vmm-kind.ts';
import type { Context } from './context.ts';
import { requireDaemon } from './daemon.ts';
import { isVmAlive, vmmStatus } from './status.ts';
import { machineIdOf } from './vm-name.ts';

/** What there is to know of a VM besides the status of its daemon. */
export interface VmDetails {
  readonly vmId: string;
  readonly vsockCid: number;
  readonly vcpus: number;
  /** Bytes of the guest. */
  readonly memory: number;
  readonly network?: VmNetwork;
  /** Of the process that is the VM, while there is one. */
  readonly vmm?: {
    readonly kind: VmmKind;
    readonly pid: number;
    /** Bytes resident; and with what it shares with other VMs divided among them. */
    readonly rssBytes?: number;
    readonly pssBytes?: number;
    /** Times that its supervisor has started it again. */
    readonly restarts: number;
  };
  /** What the guest's agent has told: its kernel, boot id ... */
  readonly guest: Readonly<Record<string, string>>;
  /** The folder of its sockets. */
  readonly folder: string;
}

/** Bytes of a process; `undefined` where /proc does not show them. */
function memoryOf(pid: number): { rssBytes?: number; pssBytes?: number } {
  try {
    const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'latin1');
    const bytes = (name: string): number =>
      Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(text)?.[1]) * 1024;
    return { rssBytes: bytes('Rss'), pssBytes: bytes('Pss') };
  } catch {
    return {};
  }
}

export async function inspectVm(context: Context, handle: DaemonHandle): Promise<VmDetails> {
  const { name, record } = requireDaemon(context, handle, { code: 'StatusFailed', name: 'inspect' });
  const kind: VmmKind = record.vmm ?? 'qemu';
  const machineId = machineIdOf(record);
  const { vmId, cid, vcpus, memory, network } = record;
  const text = await readFile(join(context.store.run(name), 'agent'), 'utf8').catch(() => '');
  const pairs = text.split('\n').filter((line) => line.includes('='));
  // Of the VMM the bridge has noted; and the guest has told its settings before it heard of a root that was given.
  const { vmm: _, ...told } = Object.fromEntries(
    pairs.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  );
  const guest = text === '' ? {} : { ...told, rootfs: record.rootfs.type };
  const status = isVmAlive(context, machineId) ? vmmStatus(context, machineId) : undefined;
  const vmm =
    status?.pid === undefined
      ? {}
      : { vmm: { kind, pid: status.pid, restarts: status.restarts, ...memoryOf(status.pid) } };
  return {
    vmId,
    vsockCid: cid,
    vcpus,
    memory,
    ...(network === undefined ? {} : { network }),
    ...vmm,
    guest,
    folder: context.paths.vm(machineId),
  };
}
