import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Kernel } from '@duende/wos';
import type { Row } from '../row.ts';
import { interleave, summarise } from '../statistics.ts';
import { endChild, runtimes, startChild } from './children.ts';
import { type Side, withKernel } from './side.ts';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

async function until(holds: () => boolean): Promise<void> {
  for (const end = performance.now() + 10_000; !holds(); await turn()) {
    if (performance.now() > end) throw new Error('a signal was not in effect after 10 s');
  }
}

const stateOf = (pid: number): string => {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return text.slice(text.lastIndexOf(')') + 2, text.lastIndexOf(')') + 3);
};

const rounds = 60;
/** Loops at one time, the one that gets the signal among them. */
const loops = 4;
/** Milliseconds of CPU time. */
const busyAfter = 3;

async function spin(kernel: Kernel, module: string): Promise<number> {
  const line = Promise.withResolvers<void>();
  const args = ['bench', 'spin'];
  const pid = await kernel.spawn({ name: 'spin', module, args, stdout: () => line.resolve() });
  await line.promise;
  // It computes by then, and does not wait for its line to be taken.
  await until(() => kernel.stats(pid).cpuTime > busyAfter);
  return pid;
}

/** Signals to one of several endless loops that have all cores for themselves. */
export function measureSignals(side: Side): Promise<Row[]> {
  const { context, programs } = side;
  const child = () => startChild(context, runtimes['node:wasi'](programs.bench, ['spin']));
  return withKernel(side, {}, async (kernel) => {
    for (let count = 1; count < loops; count += 1) await spin(kernel, programs.bench);
    const timed = async (act: () => Promise<unknown>): Promise<number> => {
      const begin = performance.now();
      await act();
      return performance.now() - begin;
    };
    const values = await interleave(
      {
        kill: async () => {
          const pid = await spin(kernel, programs.bench);
          return timed(() => {
            kernel.signal(pid, 'KILL');
            return kernel.wait(pid);
          });
        },
        stop: async () => {
          const pid = await spin(kernel, programs.bench);
          const taken = await timed(() => {
            kernel.signal(pid, 'STOP');
            return until(() => kernel.status(pid).state === 'stopped');
          });
          kernel.signal(pid, 'KILL');
          await kernel.wait(pid);
          return taken;
        },
        childKill: async () => {
          const started = await child();
          await sleep(busyAfter);
          return timed(async () => {
            const ended = once(started.child, 'exit');
            started.child.kill('SIGKILL');
            await ended;
          });
        },
        childStop: async () => {
          const started = await child();
          await sleep(busyAfter);
          const taken = await timed(() => {
            started.child.kill('SIGSTOP');
            return until(() => stateOf(started.pid) === 'T');
          });
          await endChild(started.child);
          return taken;
        },
      },
      { rounds, warmUp: 3, every: { childKill: 6, childStop: 6 } },
    );
    const how = `To one of ${loops} endless loops, which keep all kernel threads busy, from kernel.signal()`;
    return [
      {
        what: 'Kill of an endless loop',
        unit: 'ms',
        duende: summarise(values.kill),
        target: { kind: 'value', atMost: 20 },
        rivals: { 'node:wasi': summarise(values.childKill) },
        how: `${how} until kernel.wait() has resolved; node:wasi: kill(2) of a child with the same program, until its exit is known`,
      },
      {
        what: 'Stop of an endless loop',
        unit: 'ms',
        duende: summarise(values.stop),
        target: { kind: 'value', atMost: 20 },
        rivals: { 'node:wasi': summarise(values.childStop) },
        how: `${how} until the process table says that it is stopped; node:wasi: until /proc says T`,
      },
    ];
  });
}
