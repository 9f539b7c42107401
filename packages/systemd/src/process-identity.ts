import { readFileSync } from 'node:fs';

/** A process by PID and kernel start time (clock ticks since boot), which together are never used twice in one boot. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly startTime: bigint;
}

/** proc(5), stat, field 22, counted after the last ')' since the name may hold anything; 0 for a process that there is not. */
function startTimeOf(pid: number): bigint {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return BigInt(text.slice(text.lastIndexOf(')') + 2).split(' ')[19] ?? 0);
  } catch {
    return 0n;
  }
}

let own: ProcessIdentity | undefined;

export function ownIdentity(): ProcessIdentity {
  own ??= { pid: process.pid, startTime: startTimeOf(process.pid) };
  return own;
}

export const isAlive = ({ pid, startTime }: ProcessIdentity): boolean =>
  pid > 0 && startTime > 0n && startTimeOf(pid) === startTime;
