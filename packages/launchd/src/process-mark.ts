import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { isAlive, readStat } from '@duende/program';

let own: string | undefined;

/** PID and start time of this process. */
function ownMark(): string {
  own ??= `${process.pid} ${readStat(process.pid)?.startTime ?? 0n}`;
  return own;
}

/** A file that says which process is at something, so that others wait for it while it lives, and no longer. */
export const writeMark = (path: string): void => writeFileSync(path, ownMark(), { mode: 0o600 });

export const removeMark = (path: string): void => rmSync(path, { force: true });

/** Whether the process that wrote the file lives. */
export function isMarked(path: string): boolean {
  let text: string;
  try {
    text = readFileSync(path, 'latin1');
  } catch {
    return false;
  }
  const [pid, startTime] = text.split(' ');
  if (text === ownMark()) return true;
  return isAlive({ pid: Number(pid), startTime: BigInt(startTime ?? 0) });
}
