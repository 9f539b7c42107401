import { fork } from 'node:child_process';
import { once } from 'node:events';
import { planJsDaemon } from '@duende/wos';
import type { Row } from '../row.ts';
import { interleave, summarise } from '../statistics.ts';
import { writeDaemon } from './daemon-file.ts';
import { type Side, withKernel } from './side.ts';

/** Milliseconds of the script's own clock, and what it computed. */
const script = `(() => {
  const begin = Date.now();
  const fib = (n) => (n < 2 ? n : fib(n - 1) + fib(n - 2));
  const words = [];
  for (let n = 0; n < 40000; n += 1) words.push((n * 7919 % 1000).toString(36));
  const result = fib(25) + ' ' + words.sort().join('').length;
  return [Date.now() - begin, result];
})()`;

const daemon = `import { defineDaemon } from 'duende';
export default defineDaemon({
  name: 'compute',
  run() {
    console.log(JSON.stringify(${script}));
  },
});
`;

/** A program that nobody here wrote: the interpreter in which module daemons run. */
export function measureQuickJs(side: Side): Promise<Row[]> {
  const { context } = side;
  const module = writeDaemon(context, 'compute', daemon);
  const child = fork(new URL('hosts/quickjs.ts', import.meta.url));
  context.track(child.pid ?? 0);
  const results = new Set<string>();
  const take = ([milliseconds, result]: [number, string]): number => {
    results.add(result);
    return milliseconds;
  };
  return withKernel(side, {}, async (kernel) => {
    const values = await interleave(
      {
        duende: async () => {
          let printed = '';
          const plan = await planJsDaemon({ name: 'compute', module });
          const stdout = (bytes: Uint8Array): void => {
            printed += Buffer.from(bytes).toString();
          };
          await kernel.wait(await kernel.spawn({ ...plan, stdout }));
          const line = printed.split('\n').find((text) => text.startsWith('['));
          if (line === undefined) throw new Error(`The daemon printed ${printed.slice(0, 300)}`);
          return take(JSON.parse(line) as [number, string]);
        },
        v8: async () => {
          child.send(script);
          const [answer] = await once(child, 'message');
          return take(answer as [number, string]);
        },
      },
      { rounds: 15, warmUp: 3 },
    );
    child.kill('SIGKILL');
    if (results.size !== 1) throw new Error(`QuickJS came to ${[...results].join(' and ')}`);
    return [
      {
        what: 'QuickJS, instrumented',
        unit: 'ms',
        duende: summarise(values.duende),
        reference: { name: 'V8, as it is', figure: summarise(values.v8) },
        target: { kind: 'ratio', atMost: 2 },
        how: 'A script (calls, strings, sort) in a process of the kernel, against the same text in the same quickjs.wasm by quickjs-wasi, each by its own clock',
      },
    ];
  });
}
