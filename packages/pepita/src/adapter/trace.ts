import { setTimeout as delay } from 'node:timers/promises';
import { configError, type DaemonHandle, type TracerHandle, type TracerOptions } from '@duende/core/contract';
import type { Context } from './context.ts';
import { requireDaemon } from './daemon.ts';
import { asOperation, failed } from './failures.ts';
import { type GuestProcess, GuestSession } from './guest-session.ts';
import { bringStrace } from './guest-strace.ts';
import { daemonStatus } from './status.ts';

const operation = { code: 'TracerFailed', name: 'attachTracer' } as const;
/** Milliseconds until strace must have attached: an emulated processor is slow. */
const patience = 20_000;
const terminate = 15;

function checkCalls(calls: readonly string[] | undefined): void {
  const refuse = (message: string) =>
    configError(`calls: ${message}`, { field: 'calls', platform: 'pepita', operation: 'attachTracer' });
  if (calls?.length === 0) throw refuse('expected at least one call, got an empty list');
  const wrong = calls?.find((call) => !/^\??%{0,2}[a-z0-9_]+$/i.test(call));
  if (wrong === undefined) return;
  throw refuse(
    `expected a name like openat or a class like %network, got ${JSON.stringify(wrong).slice(0, 60)}`,
  );
}

/** Waits until strace has said that it traces all of them; those that have ended meanwhile are left out. */
async function untilAttached(
  strace: GuestProcess,
  pids: readonly number[],
  signal?: AbortSignal,
): Promise<void> {
  let said = '';
  let hasEnded = false;
  strace.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-8000);
  });
  void strace.exit
    .catch(() => undefined)
    .then(() => {
      hasEnded = true;
    });
  const isDone = (pid: number): boolean =>
    new RegExp(`Process ${pid} attached|PTRACE_SEIZE, ${pid}\\): No such process`).test(said);
  for (const until = Date.now() + patience; !pids.every(isDone); await delay(5)) {
    signal?.throwIfAborted();
    if (hasEnded) {
      const calls = /invalid system call '([^']*)'/.exec(said)?.[1];
      if (calls !== undefined) checkCalls([`${calls} is no call`]);
      throw failed(
        operation,
        `strace ended before it was attached: ${said.trim() || 'it said nothing'}`,
        'engine-error',
      );
    }
    if (Date.now() > until) throw failed(operation, 'strace has not attached in time', 'timeout');
  }
}

/** strace of this machine, in the guest, on everything that the daemon has started. @throws TracerFailed */
export async function traceDaemon(
  context: Context,
  handle: DaemonHandle,
  options: TracerOptions,
): Promise<TracerHandle> {
  const { calls, signal } = options;
  checkCalls(calls);
  const found = requireDaemon(context, handle, operation);
  const { state } = await daemonStatus(context, found);
  if (state === 'paused') {
    const hint = `Let it go on first: duende signal ${handle.name} CONT`;
    throw failed(operation, `${handle.name} is paused`, 'not-running', hint);
  }
  if (state !== 'running' && state !== 'stopping' && state !== 'starting') {
    throw failed(operation, `${handle.name} is not running`, 'not-running');
  }
  let session: GuestSession | undefined;
  try {
    session = await GuestSession.open(context.store.run(handle.name));
    const { processes } = await session.stats();
    if (processes.length === 0) throw failed(operation, `${handle.name} has no process now`, 'not-running');
    const command = await bringStrace(context, session);
    return await attach(session, command, processes, options);
  } catch (error) {
    session?.close();
    if (signal?.aborted) throw signal.reason;
    throw asOperation(operation, error, `Cannot trace ${handle.name}`);
  }
}

async function attach(
  session: GuestSession,
  command: readonly string[],
  pids: readonly number[],
  { calls, signal }: TracerOptions,
): Promise<TracerHandle> {
  const argv = [
    ...command,
    ...['-f', '-ttt', '-T', '-s', '4096', '-o', '/proc/self/fd/1'],
    ...(calls ? ['-e', `trace=${calls.join(',')}`] : []),
    ...pids.flatMap((pid) => ['-p', String(pid)]),
  ];
  const strace = session.exec(argv, { env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' } });
  const { traceStream } = await import('@duende/strace');
  const end = async (): Promise<void> => {
    strace.kill(terminate);
    await strace.exit.catch(() => undefined);
    session.close();
  };
  const trace = traceStream({ input: strace.stdout, end });
  try {
    await untilAttached(strace, pids, signal);
  } catch (error) {
    await trace.detach();
    throw error;
  }
  signal?.addEventListener('abort', () => void trace.detach(), { once: true });
  void strace.exit.catch(() => undefined).then(() => session.close());
  return trace;
}
