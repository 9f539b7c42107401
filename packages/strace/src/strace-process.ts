import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync } from 'node:fs';
import { makeFifo } from './fifo.ts';

/** Milliseconds that strace gets to let go of every thread before it is killed; the kernel lets go of them then. */
const grace = 3000;

/** strace processes of this process: a Node that ends takes its traces with it. */
const running = new Set<ChildProcess>();
const endAll = (): void => {
  for (const child of running) child.kill('SIGTERM');
};

export interface StraceProcess {
  readonly pid: number;
  /** The reading end of its output; the caller closes it or gives it to a stream. */
  readonly output: number;
  /** What it has said on stderr so far, the last 8000 characters. */
  stderr(): string;
  /** Whether it has ended. */
  ended(): boolean;
  readonly exit: Promise<void>;
  /** Makes it detach from everything and waits until it has ended. Idempotent. */
  stop(): Promise<void>;
  /** Takes the name of its output away. */
  unlink(): Promise<void>;
}

function straceArguments(
  pids: readonly number[],
  calls: readonly string[] | undefined,
  output: string,
): string[] {
  return [
    '-f',
    '-ttt',
    '-T',
    ...['-s', '4096'],
    ...(calls ? ['-e', `trace=${calls.join(',')}`] : []),
    ...['-o', output],
    ...pids.flatMap((pid) => ['-p', String(pid)]),
  ];
}

/** Starts strace without a shell. Rejects with the error of spawn(2) when it cannot be executed. */
export async function startStrace(
  stracePath: string,
  pids: readonly number[],
  calls?: readonly string[],
): Promise<StraceProcess> {
  const fifo = await makeFifo();
  let said = '';
  try {
    const child = spawn(stracePath, straceArguments(pids, calls, fifo.path), {
      stdio: ['ignore', 'ignore', 'pipe'],
      // Messages in English: they are read here.
      env: { ...process.env, LC_ALL: 'C' },
    });
    child.stderr.setEncoding('utf8');
    child.stderr.on('data', (text: string) => {
      said = (said + text).slice(-8000);
    });
    const exit = new Promise<void>((resolve) => {
      child.once('close', () => resolve());
    });
    await once(child, 'spawn');
    if (running.size === 0) process.once('exit', endAll);
    running.add(child);
    const ended = (): boolean => child.exitCode !== null || child.signalCode !== null;
    void exit.then(() => {
      running.delete(child);
      if (running.size === 0) process.off('exit', endAll);
    });
    return {
      pid: child.pid as number,
      output: fifo.reader,
      stderr: () => said,
      ended,
      exit,
      unlink: () => fifo.unlink(),
      stop: async () => {
        const timer = setTimeout(() => child.kill('SIGKILL'), grace);
        child.kill('SIGTERM');
        await exit;
        clearTimeout(timer);
      },
    };
  } catch (error) {
    closeSync(fifo.reader);
    await fifo.unlink();
    throw error;
  }
}
