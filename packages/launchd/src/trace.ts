import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { DaemonHandle, TraceEvent, TracerHandle, TracerOptions } from '@duende/core/contract';
import { isAlive } from '@duende/program';
import { type Context, failure, requirePage } from './daemon.ts';
import { parseDtrussLine } from './parse-dtruss.ts';
import { dtruss, traceSupport } from './trace-support.ts';

const operation = { code: 'TracerFailed', name: 'attachTracer' } as const;

/** dtruss on the daemon and what it starts from now on. @throws PlatformError TracerFailed saying what macOS does not allow */
export async function traceDaemon(
  context: Context,
  handle: DaemonHandle,
  { calls, signal }: TracerOptions,
): Promise<TracerHandle> {
  const page = requirePage(context, handle, operation);
  if (!isAlive(page.main)) throw failure(operation, `${handle.name} is not running`, 'not-running');
  const support = traceSupport();
  if (!support.supported) {
    const reason =
      process.platform === 'darwin' && process.geteuid?.() !== 0 ? 'permission-denied' : 'unavailable';
    throw failure(operation, `Cannot trace ${handle.name}: ${support.why}`, reason, support.fix);
  }
  return follow(page.main.pid, calls, signal);
}

/** The lines of dtruss as events. It is asked to end by INT, upon which DTrace lets go of the processes. */
function follow(
  pid: number,
  calls: readonly string[] | undefined,
  signal: AbortSignal | undefined,
): TracerHandle {
  const begin = Date.now();
  const child = spawn(dtruss, ['-d', '-e', '-f', '-p', String(pid)], { stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = new Promise<void>((resolve) =>
    child.once('close', () => resolve()).once('error', () => resolve()),
  );
  const counts: Record<string, { count: number; errors: number; seconds: number }> = {};
  const detach = async (): Promise<void> => {
    child.kill('SIGINT');
    await ended;
  };
  signal?.addEventListener('abort', () => void detach(), { once: true });
  async function* events(): AsyncGenerator<TraceEvent> {
    // dtruss writes what it has seen to stderr, between the program's own.
    for await (const line of createInterface({ input: child.stderr })) {
      const event = parseDtrussLine(line, begin);
      if (event === undefined || (calls !== undefined && !calls.includes(event.call))) continue;
      const entry = counts[event.call] ?? { count: 0, errors: 0, seconds: 0 };
      counts[event.call] = entry;
      entry.count += 1;
      entry.errors += event.error === undefined ? 0 : 1;
      entry.seconds += event.duration;
      yield event;
    }
  }
  return {
    [Symbol.asyncIterator]: events,
    summary: () => ({
      calls: structuredClone(counts),
      total: Object.values(counts).reduce((sum, { count }) => sum + count, 0),
    }),
    detach,
  };
}
