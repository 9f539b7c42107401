import { fork } from 'node:child_process';
import { once } from 'node:events';
import type { BenchContext } from '../../context.ts';

export interface Host {
  readonly pid: number;
  /** Milliseconds that each of its processes took to start. */
  readonly starts: number[];
  end(): Promise<void>;
}

/** Runs a file of this folder as a Node process, until it has started what it was asked for. */
export async function startHost(
  context: BenchContext,
  file: 'kernel' | 'workers',
  args: readonly string[],
): Promise<Host> {
  const child = fork(new URL(`./${file}.ts`, import.meta.url), args, {
    execArgv: ['--disable-warning=ExperimentalWarning'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const pid = context.track(child.pid ?? 0);
  const ended = once(child, 'exit').then(([code]) => code as number);
  const told = once(child, 'message').then(([message]) => message as { starts: number[] });
  const first = await Promise.race([told, ended]);
  if (typeof first === 'number' || first === null) throw new Error(`${file}.ts ended with ${first}`);
  return {
    pid,
    starts: first.starts,
    end: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
