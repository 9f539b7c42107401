import { Signal } from '@duende/core';
import type { Row } from '../row.ts';
import { interleave, percentile, summarise } from '../statistics.ts';
import type { Sides } from './setup.ts';

/** Signals to one daemon through an adapter that has sent some already. */
export async function measureSignal({ native }: Sides): Promise<Row[]> {
  const handle = await native.spawn('signalled');
  const pid = await native.track(handle);
  const values = await interleave(
    {
      duende: async () => {
        const start = performance.now();
        await native.adapter.signal(handle, Signal.Cont);
        return performance.now() - start;
      },
      kill: async () => {
        const start = performance.now();
        process.kill(pid, 'SIGCONT');
        return performance.now() - start;
      },
    },
    { rounds: 2000, warmUp: 100 },
  );
  await native.remove([handle]);
  const duende = summarise(values.duende);
  const kill = summarise(values.kill);
  const last = (side: typeof duende, all: number[]) => ({ ...side, median: percentile(all, 0.99) });
  const how = 'adapter.signal(CONT) to a running daemon, one after the other';
  const target = { kind: 'value', atMost: 1 } as const;
  return [
    {
      what: 'signal(), p50',
      unit: 'ms',
      duende,
      reference: { name: 'process.kill', figure: kill },
      target,
      how,
    },
    {
      what: 'signal(), p99',
      unit: 'ms',
      duende: last(duende, values.duende),
      reference: { name: 'process.kill', figure: last(kill, values.kill) },
      target,
      how: `${how}; the 99th percentile instead of the median`,
    },
  ];
}
