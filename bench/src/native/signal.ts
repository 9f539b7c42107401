import { existsSync, readFileSync } from 'node:fs';
import { Signal, toPosixSignal } from '@duende/core';
import type { BenchContext } from '../context.ts';
import type { Figure, Row } from '../row.ts';
import { interleave, percentile, summarise } from '../statistics.ts';
import { until } from '../until.ts';
import { type Sides, sleepProgram } from './setup.ts';

const p50 = (values: number[]): Figure => summarise(values);
const p99 = (values: number[]): Figure => ({ ...summarise(values), median: percentile(values, 0.99) });

/** Signals to one daemon through an adapter that has sent some already. */
export async function measureSignal(context: BenchContext, { native }: Sides): Promise<Row[]> {
  const ready = `${context.makeFolder('signal')}/ready`;
  const handle = await native.adapter.spawn({
    name: 'signalled',
    program: '/bin/sh',
    // What the shell ignores, the program that it becomes ignores too: it costs nothing to receive it.
    args: ['-c', `trap '' USR1; mkdir '${ready}'; exec ${sleepProgram} 100000`],
    env: { PATH: '/usr/bin:/bin' },
  });
  const pid = await native.track(handle);
  await until('the daemon ignores USR1', () => existsSync(ready));
  await until('it sleeps', () => readFileSync(`/proc/${pid}/comm`, 'utf8').trim() === 'sleep');

  const measure = (signal: Signal, rounds: number) =>
    interleave(
      {
        duende: async () => {
          const start = performance.now();
          await native.adapter.signal(handle, signal);
          return performance.now() - start;
        },
        kill: async () => {
          const start = performance.now();
          process.kill(pid, toPosixSignal(signal));
          return performance.now() - start;
        },
      },
      { rounds, warmUp: 100 },
    );
  const usr1 = await measure(Signal.Usr1, 2000);
  const cont = await measure(Signal.Cont, 500);
  await native.remove([handle]);

  const how = 'adapter.signal() to a running daemon, one after the other';
  const row = (what: string, values: typeof usr1, figure: (values: number[]) => Figure, more = ''): Row => ({
    what,
    unit: 'ms',
    duende: figure(values.duende),
    reference: { name: 'process.kill', figure: figure(values.kill) },
    how: `${how}${more}`,
  });
  const target = { kind: 'value', atMost: 1 } as const;
  return [
    { ...row('signal(USR1), p50', usr1, p50), target },
    { ...row('signal(USR1), p99', usr1, p99, '; the 99th percentile instead of the median'), target },
    row('signal(CONT), p50', cont, p50, '; STOP and CONT go to everything that the daemon has started'),
  ];
}
