import { setTimeout as delay } from 'node:timers/promises';
import { type DaemonHandle, type DaemonStatus, isTerminal, type StopOptions } from '@duende/core/contract';
import { askSupervisor, descendants, isAlive, isSupervised } from '@duende/program';
import { type Context, failure, requirePage } from './daemon.ts';
import { bootout, serviceTarget } from './job.ts';
import { removeMark, writeMark } from './process-mark.ts';
import { readStatus, waitForEnd } from './status.ts';

const operation = { code: 'StatusFailed', name: 'stop' } as const;

/** Milliseconds: on a loaded machine a job first looks for its processes, by ps(1). */
const answerWithin = 30_000;

/**
 * Stops a daemon and everything that it started, then takes its job out of launchd, which would start it again. A mark keeps the job's
 * program from running anything meanwhile, and a spawn of the same name waiting.
 */
export async function stopDaemon(
  context: Context,
  handle: DaemonHandle,
  { timeout }: StopOptions = {},
): Promise<DaemonStatus> {
  const before = await readStatus(context, handle, operation);
  if (isTerminal(before)) return before;
  const { state, launchctl } = context;
  const { name } = handle;
  const mark = state.file(name, 'stopping');
  writeMark(mark);
  try {
    await end(context, handle, timeout);
    const { restart, stopTimeout } = state.spec(name);
    // Stopped by somebody: it does not come back at the next boot either.
    if (restart.policy === 'unless-stopped' && state.isInstalled(name)) {
      await launchctl.run('disable', serviceTarget(context, name));
    }
    await bootout(context, name, operation, stopTimeout + 15_000);
    const page = requirePage(context, handle, operation);
    if (page.state !== 'stopped' && page.state !== 'failed') state.markStopped(name);
    return await readStatus(context, handle, operation);
  } finally {
    removeMark(mark);
  }
}

async function end(context: Context, handle: DaemonHandle, timeout: number | undefined): Promise<void> {
  const { state } = context;
  const isKept = (): boolean => {
    const page = state.page(handle.name);
    return typeof page === 'object' && page.id === handle.id && page.main.pid > 0 && isSupervised(page);
  };
  if (!isKept()) return await endOrphan(context, handle, timeout ?? 10_000);
  const command = `stop ${handle.id} ${timeout ?? -1}`;
  const answer = await askSupervisor(state.folder(handle.name), command, isKept, answerWithin);
  if (answer === 'timeout')
    throw failure(operation, `Cannot stop ${handle.name}: its job does not answer`, 'timeout');
  if (answer === 'ok') await waitForEnd(context, handle, {}, operation);
  else await endOrphan(context, handle, timeout ?? 10_000);
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** The job's process was killed, or is not there between two runs: the same from here, with what is below the daemon's own process. */
async function endOrphan(context: Context, handle: DaemonHandle, timeout: number): Promise<void> {
  const { main } = requirePage(context, handle, operation);
  if (!isAlive(main)) return;
  const tree = descendants([main.pid]).map(({ pid, startTime }) => ({ pid, startTime }));
  send(main.pid, 'SIGTERM');
  for (const until = Date.now() + timeout; isAlive(main) && Date.now() < until; ) await delay(20);
  for (const process of [main, ...tree]) if (isAlive(process)) send(process.pid, 'SIGKILL');
  for (let round = 0; round < 250 && [main, ...tree].some(isAlive); round += 1) await delay(20);
}
