import { readFile } from 'node:fs/promises';
import {
  type DaemonHandle,
  type DaemonStatus,
  isTerminal,
  type PlatformAdapter,
} from '@duende/core/contract';
import type { ClauseContext } from './context.ts';
import { check, equal, fail, show } from './expect.ts';
import { until } from './poll.ts';
import { type ProbeReport, parseReport } from './probe/language.ts';

/** What the daemon printed so far. */
export async function texts(
  adapter: PlatformAdapter,
  handle: DaemonHandle,
  stream?: 'stdout' | 'stderr',
): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of adapter.logs(handle)) {
    if (stream === undefined || line.stream === stream) lines.push(line.text);
  }
  return lines;
}

/** Waits for a line that is `wanted` or matches it. */
export function line(
  context: ClauseContext,
  handle: DaemonHandle,
  wanted: string | RegExp,
  timeout = 8000,
): Promise<string> {
  const fits = (text: string): boolean => (typeof wanted === 'string' ? text === wanted : wanted.test(text));
  return until(
    `a line ${show(wanted)} in the log of ${handle.name}`,
    async () => (await texts(context.adapter, handle)).find(fits),
    { timeout, signal: context.signal },
  );
}

/** The terminal status, by wait(). */
export async function ended(context: ClauseContext, handle: DaemonHandle): Promise<DaemonStatus> {
  const status = await context.adapter.wait(handle, { signal: context.signal });
  check(isTerminal(status), `wait(): expected a terminal state, got ${show(status)}`);
  return status;
}

/** Waits until status() is in one of these states. */
export function inState<S extends DaemonStatus['state']>(
  context: ClauseContext,
  handle: DaemonHandle,
  states: readonly S[],
  timeout = 5000,
): Promise<DaemonStatus & { state: S }> {
  const wanted: readonly string[] = states;
  const fits = (status: DaemonStatus): status is DaemonStatus & { state: S } => wanted.includes(status.state);
  return until(
    `${handle.name} is ${states.join(' or ')}`,
    async () => {
      const status = await context.adapter.status(handle);
      return fits(status) && status;
    },
    { timeout, signal: context.signal },
  );
}

export async function running(context: ClauseContext, handle: DaemonHandle): Promise<number> {
  const status = await context.adapter.status(handle);
  check(status.state === 'running', `${handle.name}: expected state running, got ${show(status)}`);
  check(Number.isInteger(status.pid) && status.pid > 0, `expected a PID, got ${show(status.pid)}`);
  return status.pid;
}

/** Runs `report` to its end and reads what it printed. */
export async function reportOf(context: ClauseContext, handle: DaemonHandle): Promise<ProbeReport> {
  const status = await ended(context, handle);
  equal(status.state, 'stopped', `the probe's report (${show(status)})`);
  const lines = await texts(context.adapter, handle, 'stdout');
  check(lines.includes('end'), `the probe's report has no end: ${show(lines)}`);
  return parseReport(lines);
}

/** Nothing of a daemon may exist: not by name, not in the list, not on the machine. */
export async function nothingLeft(context: ClauseContext, name: string): Promise<void> {
  const found = await context.adapter.find(name);
  check(found === undefined, `find(${name}): expected nothing, got ${show(found)}`);
  const listed = (await context.adapter.list()).filter((handle) => handle.name === name);
  equal(listed, [], `list() after ${name}`);
  // A process that was just killed may take a moment to be reaped.
  let left: string[] = [];
  const gone = until('', async () => {
    left = (await context.harness.leftovers?.(name)) ?? [];
    return left.length === 0;
  });
  await gone.catch(() => fail(`expected that nothing of ${name} is left, got ${show(left)}`));
}

async function isHostProcess(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  // A zombie runs no more. Its reaping is the business of whoever inherited it.
  const stat = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => undefined);
  return stat === undefined ? process.platform !== 'linux' : !/^\d+ \(.*\) [ZX]/s.test(stat);
}

/** Which of these processes, as the probe named them, still run. */
export async function alive(
  context: ClauseContext,
  handle: DaemonHandle,
  pids: readonly number[],
): Promise<number[]> {
  const isAlive = (pid: number) => context.harness.isAlive?.(handle, pid) ?? isHostProcess(pid);
  const flags = await Promise.all(pids.map(isAlive));
  return pids.filter((_, index) => flags[index]);
}
