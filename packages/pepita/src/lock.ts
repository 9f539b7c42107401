import { randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive, readStat } from '@duende/program';
import { codeOf } from './fail.ts';

/** Milliseconds between two looks at a lock that somebody else has. */
const pause = 25;

/** Who has it: a process of this boot, by PID and start time. */
function ownMark(): string {
  return JSON.stringify({ pid: process.pid, startTime: String(readStat(process.pid)?.startTime ?? 0n) });
}

function isHeld(text: string): boolean {
  try {
    const { pid, startTime } = JSON.parse(text);
    return isAlive({ pid, startTime: BigInt(startTime) });
  } catch {
    // Links are made to whole files only: this one is of a machine that lost its power.
    return false;
  }
}

/** Takes away the lock of a process that is dead; of several that try, one does. */
async function takeAway(path: string, text: string): Promise<void> {
  const aside = `${path}.${randomUUID()}`;
  try {
    await rename(path, aside);
    // Somebody else was quicker, and what we have is a new lock: it goes back, if nobody has come meanwhile.
    if ((await readFile(aside, 'utf8')) !== text) await link(aside, path).catch(() => undefined);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
  } finally {
    await rm(aside, { force: true });
  }
}

/** One try. @returns the text of the one who has it, or `undefined` when it is ours now. */
async function tryLock(path: string): Promise<string | undefined> {
  const own = `${path}.${randomUUID()}`;
  try {
    await writeFile(own, ownMark(), { mode: 0o600 });
    await link(own, path);
    return undefined;
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
    return await readFile(path, 'utf8').catch(() => '');
  } finally {
    await rm(own, { force: true });
  }
}

export interface LockOptions {
  /** Milliseconds to wait for another one; 0 tries once. */
  readonly patience: number;
}

/**
 * Works while nobody else does, in this process or another, by a file that names its owner. The lock of a dead process counts for
 * nothing. It saves work and no more: when one takes away a lock just as another makes it anew, two may work.
 * @returns `undefined` when others kept it for longer than the patience: nothing was done then.
 */
export async function withLock<T>(
  path: string,
  { patience }: LockOptions,
  work: () => Promise<T>,
): Promise<{ readonly result: T } | undefined> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const until = Date.now() + patience;
  for (;;) {
    const holder = await tryLock(path);
    if (holder === undefined) break;
    if (holder !== '' && !isHeld(holder)) await takeAway(path, holder);
    else if (Date.now() >= until) return undefined;
    else await sleep(pause);
  }
  try {
    return { result: await work() };
  } finally {
    await rm(path, { force: true });
  }
}
