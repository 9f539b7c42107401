import type { Kernel } from '@duende/wos';
import { runTimed } from '../commands.ts';
import type { Figure, Row } from '../row.ts';
import { interleave, summarise } from '../statistics.ts';
import { runtimes } from './children.ts';
import { type Side, withKernel } from './side.ts';

/** In a row: some milliseconds. */
const calls = 20_000;
/** Rows of a run that count. */
const perRun = 20;

/** What else the machine does only ever adds. The first is the one in which tracing begins and ends. */
const quickest = (values: readonly number[]): number => Math.min(...values.slice(1));

type When = 'never' | 'before' | 'meanwhile';

/** Microseconds of a clock_time_get in a process that has never been traced, was traced until then, or is traced. */
async function callTime(kernel: Kernel, module: string, when: When): Promise<number> {
  const values: number[] = [];
  const args = ['bench', 'calls', String(perRun + 1), String(calls)];
  let detach = (): void => undefined;
  const stdout = (bytes: Uint8Array): void => {
    for (const line of Buffer.from(bytes).toString().trim().split('\n')) values.push(Number(line));
    if (when === 'before') detach();
  };
  const pid = await kernel.spawn({ name: 'calls', module, args, stdout });
  if (when !== 'never') detach = kernel.trace(pid, () => undefined);
  await kernel.wait(pid);
  return quickest(values);
}

export function measureTracing(side: Side): Promise<Row[]> {
  return withKernel(side, { threads: 1 }, async (kernel) => {
    const module = side.programs.bench;
    const { program, args } = runtimes['node:wasi'](module, ['calls', String(perRun + 1), String(calls)]);
    const values = await interleave(
      {
        never: () => callTime(kernel, module, 'never'),
        before: () => callTime(kernel, module, 'before'),
        meanwhile: () => callTime(kernel, module, 'meanwhile'),
        wasi: async () => {
          const { stdout } = await runTimed(program, args);
          return quickest(stdout.trim().split('\n').map(Number));
        },
      },
      { rounds: 20, warmUp: 3, every: { wasi: 4 } },
    );
    const rivals: Record<string, Figure> = { 'node:wasi': summarise(values.wasi) };
    return [
      {
        what: 'a system call, tracing off again',
        unit: 'us',
        duende: summarise(values.before),
        reference: { name: 'never traced', figure: summarise(values.never) },
        target: { kind: 'ratio', atMost: 1.1 },
        rivals,
        how: `clock_time_get, ${calls} in a row by a C program that measures itself, the quickest of ${perRun} such rows, after a tracer was attached and detached`,
      },
      {
        what: 'a system call, traced',
        unit: 'us',
        duende: summarise(values.meanwhile),
        reference: { name: 'never traced', figure: summarise(values.never) },
        how: 'The same while each call is reported with arguments, result and time to kernel.trace()',
      },
    ];
  });
}
