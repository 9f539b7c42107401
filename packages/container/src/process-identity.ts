import { bootId, readStat } from '@duende/program';

/** A process by PID and start time, which together are never used twice in one boot. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly startTime: string;
  readonly bootId: string;
}

let own: ProcessIdentity | undefined;

export function ownIdentity(): ProcessIdentity {
  own ??= { pid: process.pid, startTime: String(readStat(process.pid)?.startTime ?? 0), bootId: bootId() };
  return own;
}

export const isAlive = ({ pid, startTime, bootId: boot }: ProcessIdentity): boolean =>
  boot === bootId() && String(readStat(pid)?.startTime) === startTime;
