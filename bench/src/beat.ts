import { chmodSync, constants, openSync, writeFileSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { runTimed } from './commands.ts';
import type { BenchContext } from './context.ts';

/** A daemon that says when it begins to run: the same program for every side that restarts it. */
export interface Beat {
  /** A shell script that needs no arguments. */
  readonly script: string;
  /** Its process, once it has begun. */
  started(): Promise<number>;
  /** Kills it with SIGKILL, and measures in milliseconds until the next one says that it runs. */
  killAndMeasure(): Promise<number>;
}

/** All sides get this long before they are killed: some punish daemons that end sooner. */
const uptime = 1100;

export async function makeBeat(context: BenchContext, name: string): Promise<Beat> {
  const folder = context.makeFolder(`beat-${name}`);
  const fifo = join(folder, 'fifo');
  const script = join(folder, 'beat.sh');
  await runTimed('mkfifo', [fifo]);
  writeFileSync(script, `#!/bin/sh\necho $$ > ${fifo}\nexec /bin/sleep 100000\n`);
  chmodSync(script, 0o755);
  // Open for both, so that it does not end when the one writer does.
  const socket = new Socket({ fd: openSync(fifo, constants.O_RDWR | constants.O_NONBLOCK), writable: false });
  context.onEnd(() => socket.destroy());

  let current: { pid: number; at: number } | undefined;
  let next = Promise.withResolvers<{ pid: number; at: number }>();
  socket.setEncoding('utf8').on('data', (text: string) => {
    const at = performance.now();
    current = { pid: context.track(Number(text.trim().split('\n').at(-1))), at };
    next.resolve(current);
    next = Promise.withResolvers();
  });
  const within = async <T>(milliseconds: number, promise: Promise<T>): Promise<T> => {
    const controller = new AbortController();
    const late = sleep(milliseconds, undefined, { signal: controller.signal }).then(() => {
      throw new Error(`${name} has not started its daemon within ${milliseconds} ms`);
    });
    late.catch(() => undefined);
    return await Promise.race([promise, late]).finally(() => controller.abort());
  };

  return {
    script,
    started: async () => (current ?? (await within(20_000, next.promise))).pid,
    killAndMeasure: async () => {
      const running = current ?? (await within(20_000, next.promise));
      await sleep(Math.max(0, running.at + uptime - performance.now()));
      const again = next.promise;
      const killed = performance.now();
      process.kill(running.pid, 'SIGKILL');
      return (await within(20_000, again)).at - killed;
    },
  };
}
