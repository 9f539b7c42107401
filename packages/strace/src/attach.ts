import { closeSync } from 'node:fs';
import { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { explainFailure, findObstacle, stracesMissing, tracerFailed } from './attach-errors.ts';
import { type AttachOptions, checkOptions } from './attach-options.ts';
import { readLiveProcess, tracesAllThreads } from './process-info.ts';
import { type StraceProcess, startStrace } from './strace-process.ts';
import { epochNow } from './time.ts';
import { type StraceHandle, traceStream } from './trace-stream.ts';

/** Milliseconds until strace must have attached: it waits for a thread that is in an uninterruptible sleep. */
const attachTimeout = 10_000;
/** Milliseconds after which a thread that strace has passed over counts as missed. */
const missedAfter = 500;

/**
 * Waits until strace traces every thread of every process that is there. False when it has missed a thread, which one
 * made while strace was looking: then it must begin again.
 */
async function attached(
  strace: StraceProcess,
  pids: readonly number[],
  options: AttachOptions,
): Promise<boolean> {
  const start = performance.now();
  let announced: number | undefined;
  for (;;) {
    const stderr = strace.stderr();
    const alive = pids.filter((pid) => readLiveProcess(pid));
    if (strace.ended() || alive.length === 0) {
      await strace.stop();
      throw explainFailure(options.platform, pids, strace.stderr());
    }
    if (/ptrace\(PTRACE_\w+, \d+\): Operation not permitted/.test(stderr)) {
      await strace.stop();
      throw explainFailure(options.platform, pids, stderr);
    }
    if (alive.every((pid) => new RegExp(`Process ${pid} attached`).test(stderr))) {
      announced ??= performance.now();
      if (alive.every((pid) => tracesAllThreads(pid, strace.pid))) return true;
      if (performance.now() - announced > missedAfter) return false;
    }
    options.signal?.throwIfAborted();
    if (performance.now() - start > attachTimeout) {
      throw tracerFailed(
        options.platform,
        'timeout',
        `strace has not attached to process ${alive.join(', ')} within ${attachTimeout / 1000} s`,
        'A process in an uninterruptible sleep (state D) cannot be traced until it wakes up',
      );
    }
    await Promise.race([sleep(2), strace.exit]);
  }
}

async function start(options: AttachOptions, pids: readonly number[]): Promise<StraceProcess> {
  const { stracePath = 'strace', platform, calls } = options;
  try {
    return await startStrace(stracePath, pids, calls);
  } catch (error) {
    const { code, syscall, path } = error as NodeJS.ErrnoException;
    if (syscall?.startsWith('spawn') && path === stracePath && (code === 'ENOENT' || code === 'EACCES')) {
      throw stracesMissing(platform, stracePath, error);
    }
    const why = error instanceof Error ? error.message : String(error);
    throw tracerFailed(platform, 'engine-error', `strace could not be started: ${why}`, undefined, error);
  }
}

async function release(strace: StraceProcess): Promise<void> {
  closeSync(strace.output);
  await strace.stop();
}

async function startAttached(options: AttachOptions, pids: readonly number[]): Promise<StraceProcess> {
  for (let attempt = 1; attempt <= 3; attempt += 1) {
    const strace = await start(options, pids);
    try {
      if (await attached(strace, pids, options)) return strace;
    } catch (error) {
      await release(strace);
      throw error;
    } finally {
      await strace.unlink();
    }
    await release(strace);
  }
  const message = `strace cannot keep up with the threads that process ${pids.join(', ')} makes`;
  throw tracerFailed(options.platform, 'engine-error', message, 'Try again when it makes fewer');
}

/**
 * Attaches strace to running processes. Resolves when every thread of theirs is traced; threads and children that they
 * make later are followed. The daemon never depends on the consumer: what a slow one does not take in time is dropped and
 * counted, see `StraceHandle.dropped`.
 * @throws PlatformError TracerFailed (unavailable: no strace, or another tracer; not-running; permission-denied; timeout;
 * engine-error), NotSupported (not Linux), Config (invalid-setting); the reason of `signal` when that is aborted first.
 */
export async function attachStrace(options: AttachOptions): Promise<StraceHandle> {
  const pids = checkOptions(options);
  options.signal?.throwIfAborted();
  const obstacles = pids.map((pid) => findObstacle(options.platform, pid));
  const serious = obstacles.find((error) => error && error.reason !== 'not-running');
  if (serious) throw serious;
  const gone = obstacles.find((error) => error !== undefined);
  if (gone && obstacles.every((error) => error !== undefined)) throw gone;

  const strace = await startAttached(
    options,
    pids.filter((_, index) => obstacles[index] === undefined),
  );
  const handle = traceStream({
    input: new Socket({ fd: strace.output, readable: true, writable: false }),
    end: () => strace.stop(),
    now: epochNow,
    ...(options.bufferSize === undefined ? {} : { bufferSize: options.bufferSize }),
  });
  const detach = (): void => void handle.detach();
  options.signal?.addEventListener('abort', detach, { once: true });
  void strace.exit.then(() => options.signal?.removeEventListener('abort', detach));
  if (options.signal?.aborted) await handle.detach();
  return handle;
}
