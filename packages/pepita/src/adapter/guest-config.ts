import type { DaemonSpec } from '@duende/core/contract';
import { encodeFrames, initFrames, initTags } from '@duende/program';
import type { VmRecord } from './vm-record.ts';

/** Of duende-init, and of the agent: agent/PROTOCOL.md. */
const tags = { ...initTags, group: 10, setting: 100 } as const;
type GuestFrame = readonly [tag: keyof typeof tags, value: string];

/** Microseconds in which the processors are counted. */
const period = 100_000;
/** Address, gateway and name server of a guest in user mode. */
const guestAddress = '10.0.2.15/24,10.0.2.2,10.0.2.3';

/** Pure: the first PID of a guest's daemon. Guests are clones, and two of them shall not have the same PIDs. */
export const firstPid = (cid: number): number => 1000 * (1 + (cid % 4000));

function numbers(
  { resources, sandbox }: DaemonSpec,
  { user, cid }: VmRecord,
): Record<string, number | undefined> {
  const { cpuQuota } = resources;
  return {
    uid: user.uid,
    gid: user.gid,
    open_files: resources.openFilesMax,
    lock_memory: resources.lockMemory,
    no_new_privileges: sandbox.noNewPrivileges ? 1 : undefined,
    pids_max: resources.pidsMax,
    memory_max: resources.memoryMax,
    cpu_max: cpuQuota === undefined ? undefined : Math.round(cpuQuota * period),
    cpu_weight: resources.cpuWeight,
    pid_base: firstPid(cid),
  };
}

function settings({ vmId, network, rootfs, readOnly, writable }: VmRecord): string[] {
  return [
    `vm=${vmId}`,
    `rootfs=${rootfs.type}`,
    ...(network === undefined ? [] : [`net=${guestAddress}`]),
    ...(readOnly ? ['readonly=1'] : []),
    ...writable.map((path) => `writable=${path}`),
  ];
}

/** Pure: the configuration of a guest, which the bridge gives to its agent. */
export function guestConfig(id: string, spec: DaemonSpec, record: VmRecord): Buffer {
  const { program, argv, healthCommand, env, user } = record;
  const frames: GuestFrame[] = [
    ...initFrames({ platform: 'pepita', id, spec, program, argv, healthCommand, engineRestarts: false }),
    ...Object.entries(env).map(([name, value]): GuestFrame => ['variable', `${name}=${value}`]),
    ...Object.entries(numbers(spec, record))
      .filter(([, value]) => value !== undefined)
      .map(([name, value]): GuestFrame => ['number', `${name}=${value}`]),
    ...user.groups.map((gid): GuestFrame => ['group', String(gid)]),
    ...settings(record).map((line): GuestFrame => ['setting', line]),
  ];
  return encodeFrames(frames, tags);
}
