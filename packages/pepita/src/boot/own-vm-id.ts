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

/** Whether an id is that of a process that is dead. */
export function isAbandonedVmId(vmId: string): boolean {
  const [, pid, startTime] = /^(?:template|probe|spare)-(\d+)-(\d+)-\d+$/.exec(vmId) ?? [];
  if (pid === undefined || startTime === undefined) return false;
  return !isAlive({ pid: Number(pid), startTime: BigInt(startTime) });
}
