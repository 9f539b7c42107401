import { readFileSync } from 'node:fs';
import { readPss } from '../processes.ts';
import type { Row } from '../row.ts';
import { interleave, summarise } from '../statistics.ts';
import { startHost } from './hosts/start-host.ts';
import { kill, type Side, withKernel } from './side.ts';

/** Imports that do nothing: what V8 itself takes for an instance. */
function bareInstance(path: string): () => void {
  const module = new WebAssembly.Module(readFileSync(path));
  const imports: Record<string, Record<string, () => number>> = {};
  for (const { module: from, name } of WebAssembly.Module.imports(module)) {
    imports[from] ??= {};
    imports[from][name] = () => 0;
  }
  return () => void new WebAssembly.Instance(module, imports);
}

/** One after the other in a kernel that has nothing else to do. */
export function measureSpawn(side: Side): Promise<Row[]> {
  return withKernel(side, {}, async (kernel) => {
    const module = await kernel.load(side.programs.bench);
    const instantiate = bareInstance(side.programs.bench);
    const values = await interleave(
      {
        duende: async () => {
          const begin = performance.now();
          const pid = await kernel.spawn({ name: 'bench', module, args: ['bench', 'park'] });
          const taken = performance.now() - begin;
          await kill(kernel, pid);
          return taken * 1000;
        },
        v8: async () => {
          const begin = performance.now();
          instantiate();
          return (performance.now() - begin) * 1000;
        },
      },
      { rounds: 2000, warmUp: 200 },
    );
    return [
      {
        what: 'spawn of a cached module',
        unit: 'us',
        duende: summarise(values.duende),
        reference: { name: 'WebAssembly.Instance', figure: summarise(values.v8) },
        target: { kind: 'value', atMost: 300 },
        how: 'kernel.spawn() of a module that the kernel has compiled until it resolves with the PID, against a bare instance of the same module, without a process around it',
      },
    ];
  });
}

const crowd = 10_000;

export async function measureCrowd({ context, programs }: Side): Promise<Row[]> {
  const host = await startHost(context, 'kernel', ['module', programs.bench, String(crowd), 'park']);
  // The last ones go to sleep.
  await new Promise((resolve) => setTimeout(resolve, 1000));
  const megabytes = readPss(host.pid) / 1024 ** 2;
  await host.end();
  return [
    {
      what: `memory of a sleeping process, of ${crowd}`,
      unit: 'MB',
      duende: summarise([megabytes / crowd], `${megabytes.toFixed(0)} MB in one process of Node`),
      target: { kind: 'value', atMost: 0.1 },
      how: `PSS of a Node process in which a kernel runs ${crowd} C programs that wait in poll(), all of it divided by their number`,
    },
    {
      what: `spawn, while ${crowd} are made`,
      unit: 'us',
      duende: summarise(host.starts.map((milliseconds) => milliseconds * 1000)),
      target: { kind: 'value', atMost: 300 },
      how: `kernel.spawn() of those ${crowd}, one after the other, none of them ends`,
    },
  ];
}
