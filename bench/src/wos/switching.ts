import { setTimeout as sleep } from 'node:timers/promises';
import type { Kernel } from '@duende/wos';
import { execa } from 'execa';
import type { Figure, Row } from '../row.ts';
import { summarise } from '../statistics.ts';
import { kill, type Side, withKernel } from './side.ts';

/** Milliseconds of a look. */
const window = 250;
const looks = 20;

/** Two endless loops on one kernel thread. @returns for each look, microseconds of a switch: all there are, and outside slices */
async function measure(kernel: Kernel, module: string, loop: 'yield' | 'spin') {
  const pids: number[] = [];
  for (let count = 0; count < 2; count += 1) {
    pids.push(await kernel.spawn({ name: loop, module, args: [loop, loop] }));
  }
  const look = () => {
    const stats = pids.map((pid) => kernel.stats(pid));
    const sum = (field: 'calls' | 'preemptions' | 'cpuTime') =>
      stats.reduce((total, each) => total + each[field], 0);
    const switches = loop === 'yield' ? sum('calls') : sum('preemptions');
    return { time: performance.now(), cpu: sum('cpuTime'), switches };
  };
  await sleep(500);
  const all: number[] = [];
  const outside: number[] = [];
  for (let count = 0; count < looks; count += 1) {
    const before = look();
    await sleep(window);
    const after = look();
    const switches = after.switches - before.switches;
    const passed = after.time - before.time;
    all.push((passed * 1000) / switches);
    outside.push(((passed - (after.cpu - before.cpu)) * 1000) / switches);
  }
  for (const pid of pids) await kill(kernel, pid);
  return { all, outside };
}

/** What Linux takes to switch between threads of one core. */
async function betweenThreads(): Promise<Figure> {
  const values: number[] = [];
  const file = new URL('hosts/thread-switch.ts', import.meta.url).pathname;
  for (let round = 0; round < 5; round += 1) {
    const { stdout, failed, shortMessage } = await execa(
      'taskset',
      ['-c', '0', process.execPath, file, '100000'],
      { reject: false },
    );
    if (failed) return { missing: shortMessage ?? 'taskset failed' };
    values.push(Number(stdout));
  }
  return summarise(values, 'each a hundred thousand switches');
}

export function measureSwitch(side: Side): Promise<Row[]> {
  return withKernel(side, { threads: 1 }, async (kernel) => {
    const threads = await betweenThreads();
    const yielding = await measure(kernel, side.programs.bench, 'yield');
    const spinning = await measure(kernel, side.programs.bench, 'spin');
    return [
      {
        what: 'switch between endless loops',
        unit: 'us',
        duende: summarise(yielding.all),
        reference: { name: 'two threads, Atomics', figure: threads },
        target: { kind: 'value', atMost: 5 },
        how: 'Two endless loops of sched_yield() on one kernel thread, which take the same way as one whose slice is over: all time, divided by the number of switches. Against two threads of one Node process on one core that wake each other',
      },
      {
        what: 'between two slices of a millisecond',
        unit: 'us',
        duende: summarise(spinning.outside),
        how: 'Two endless loops that call nothing on one kernel thread: the time in which neither ran, divided by the number of interruptions',
      },
    ];
  });
}
