import { bootId, readStat } from './process-info.ts';

/** A process by PID and start time, which together are never used twice in one boot; JSON. */
export interface Owner {
  readonly pid: number;
  readonly startTime: string;
  readonly bootId: string;
}

let own: Owner | undefined;

/** This process, as the owner of something that it has not finished. */
export function ownIdentity(): Owner {
  own ??= { pid: process.pid, startTime: String(readStat(process.pid)?.startTime ?? 0), bootId: bootId() };
  return own;
}

/** Whether an owner still runs. */
export const isOwnerAlive = ({ pid, startTime, bootId: boot }: Owner): boolean =>
  boot === bootId() && String(readStat(pid)?.startTime) === startTime;
