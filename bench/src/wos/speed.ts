import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Kernel } from '@duende/wos';
import type { Measured, Row } from '../row.ts';
import { interleave, percentile, summarise } from '../statistics.ts';
import { type Side, withKernel } from './side.ts';

/** What each computes: a fifth of a second, or so. */
const work = {
  hash: { argument: '100000000', about: 'a loop of few instructions (FNV)' },
  sieve: { argument: '16', about: 'nested loops over 4 MB of memory (Eratosthenes)' },
  fib: { argument: '40', about: 'recursion and nothing else (Fibonacci)' },
} as const;

interface Run {
  readonly milliseconds: number;
  /** Milliseconds of CPU time of the whole process of this machine meanwhile. */
  readonly cpu: number;
  readonly printed: string;
}

async function instrumented(kernel: Kernel, module: string, args: string[]): Promise<Run> {
  let printed = '';
  const stdout = (bytes: Uint8Array): void => {
    printed += Buffer.from(bytes).toString();
  };
  const usage = process.cpuUsage();
  const begin = performance.now();
  const exit = await kernel.wait(await kernel.spawn({ name: args[0] ?? '', module, args, stdout }));
  const milliseconds = performance.now() - begin;
  const { user, system } = process.cpuUsage(usage);
  if ('signal' in exit || exit.code !== 0) throw new Error(`${args[0]} ended with ${JSON.stringify(exit)}`);
  return { milliseconds, cpu: (user + system) / 1000, printed };
}

/** The same module as it is. */
function startOriginal({ context }: Side, module: string) {
  const output = join(context.makeFolder('speed'), 'output');
  const file = new URL('hosts/original.ts', import.meta.url);
  const child = fork(file, [module, output], { execArgv: ['--disable-warning=ExperimentalWarning'] });
  context.track(child.pid ?? 0);
  return {
    run: async (args: string[]): Promise<Run> => {
      child.send(args);
      const [answer] = await once(child, 'message');
      return answer as Run;
    },
    end: () => child.kill('SIGKILL'),
  };
}

function figure(runs: readonly Run[]): Measured {
  const times = runs.map(({ milliseconds }) => milliseconds);
  const cpu = percentile(
    runs.map((run) => run.cpu),
    0.5,
  );
  return summarise(times, `quickest ${Math.min(...times).toFixed(0)} ms, CPU ${cpu.toFixed(0)} ms`);
}

async function measureProgram(side: Side, kernel: Kernel, name: keyof typeof work): Promise<Row> {
  const { argument, about } = work[name];
  const module = side.programs[name];
  const args = [name, argument];
  const original = startOriginal(side, module);
  const runs = { duende: [] as Run[], v8: [] as Run[] };
  const keep = (key: keyof typeof runs, run: Run): number => {
    runs[key].push(run);
    return run.milliseconds;
  };
  const rounds = 15;
  await interleave(
    {
      duende: async () => keep('duende', await instrumented(kernel, module, args)),
      v8: async () => keep('v8', await original.run(args)),
    },
    { rounds, warmUp: 3 },
  );
  original.end();
  const printed = new Set([...runs.duende, ...runs.v8].map((run) => run.printed));
  if (printed.size !== 1) throw new Error(`${name} printed ${[...printed].join(' and ')}`);
  return {
    what: `${name}, instrumented`,
    unit: 'ms',
    duende: figure(runs.duende.slice(-rounds)),
    reference: { name: 'V8, as it is', figure: figure(runs.v8.slice(-rounds)) },
    target: { kind: 'ratio', atMost: 2 },
    how: `A C program, ${about}: as a process of the kernel, interrupted each millisecond, from spawn to its end, against the module as clang made it under node:wasi. Both are compiled before. Half the speed is twice the time`,
  };
}

/** CPU-bound programs under the kernel, and as they are in V8. */
export function measureSpeed(side: Side): Promise<Row[]> {
  return withKernel(side, {}, async (kernel) => {
    const rows: Row[] = [];
    for (const name of Object.keys(work)) {
      rows.push(await measureProgram(side, kernel, name as keyof typeof work));
    }
    return rows;
  });
}
