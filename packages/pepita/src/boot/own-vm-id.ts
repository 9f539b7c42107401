import { isAlive, readStat } from '@duende/program';

let count = 0;

/**
 * Id of a VM that this process needs for itself and removes. It says whose it is, so that others can remove it when this process died.
 * @param kind what for: `template`, `probe`, `spare`
 */
export function ownVmId(kind: string): string {
  count += 1;
  return `${kind}-${process.pid}-${readStat(process.pid)?.startTime ?? 0n}-${count}`;
}

/** Pure: the process that a VM of such an id is for, its PID and its start time; `undefined` for a VM of nobody. */
export function ownerOf(vmId: string): readonly [pid: string, startTime: string] | undefined {
  const [, pid, startTime] = /^(?:template|probe|spare)-(\d+)-(\d+)-\d+$/.exec(vmId) ?? [];
  return pid === undefined || startTime === undefined ? undefined : [pid, startTime];
}

/** Whether an id is that of a process that is dead. */
export function isAbandonedVmId(vmId: string): boolean {
  const owner = ownerOf(vmId);
  if (owner === undefined) return false;
  return !isAlive({ pid: Number(owner[0]), startTime: BigInt(owner[1]) });
}
