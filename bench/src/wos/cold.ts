import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Row } from '../row.ts';
import { interleave, summarise } from '../statistics.ts';
import { endChild, runtimes, runtimesOf, startChild } from './children.ts';
import { shutDown } from './shut-down.ts';
import type { Side } from './side.ts';

const command = join(
  dirname(fileURLToPath(import.meta.resolve('@duende/wos/package.json'))),
  'dist',
  'cli.js',
);

const rounds = 20;

/** `wos-ctl spawn --wait` as a process. Milliseconds to its first line. */
async function spawnCommand({ context, programs }: Side, state: string, cache: string): Promise<number> {
  const env = { PATH: process.env.PATH, DUENDE_STATE_DIR: state, NODE_COMPILE_CACHE: cache };
  const args = [command, 'spawn', '--wait', '--wasm', programs.bench, '--', 'hello'];
  const { child, milliseconds } = await startChild(context, { program: process.execPath, args }, env);
  // It ends by itself: what Node has compiled is kept then.
  if (child.exitCode === null) await once(child, 'exit');
  return milliseconds;
}

/** The command line from nothing: no kernel, no state folder. */
export async function measureCold(side: Side): Promise<Row[]> {
  const { context, programs } = side;
  const cache = context.makeFolder('compile-cache');
  const running = context.makeFolder('running');
  let count = 0;
  const cold = async (ownCache: boolean): Promise<number> => {
    const folder = context.makeFolder(`cold-${count++}`);
    const base = join(folder, 'state', 'wos');
    context.onEnd(() => shutDown(base));
    try {
      return await spawnCommand(side, join(folder, 'state'), ownCache ? join(folder, 'cache') : cache);
    } finally {
      await shutDown(base);
    }
  };
  context.onEnd(() => shutDown(join(running, 'wos')));
  const sides: Record<string, () => Promise<number>> = {
    duende: () => cold(false),
    first: () => cold(true),
    warm: () => spawnCommand(side, running, cache),
  };
  for (const name of runtimesOf(side)) {
    sides[name] = async () => {
      const { child, milliseconds } = await startChild(context, runtimes[name](programs.bench, ['hello']));
      await endChild(child);
      return milliseconds;
    };
  }
  const values = await interleave(sides, { rounds, warmUp: 2 });
  await shutDown(join(running, 'wos'));
  const rivals = Object.fromEntries(runtimesOf(side).map((name) => [name, summarise(values[name] ?? [])]));
  const how =
    '`wos-ctl spawn --wait --wasm FILE` as a whole process until the first line of the program is here';
  return [
    {
      what: 'cold wos-ctl spawn to the first line',
      unit: 'ms',
      duende: summarise(values.duende ?? []),
      target: { kind: 'value', atMost: 150 },
      rivals,
      how: `${how}; fresh state folder, no kernel runs: it is started, the module rewritten. Rivals run the same module as a process`,
    },
    {
      what: 'the first one on a machine',
      unit: 'ms',
      duende: summarise(values.first ?? []),
      how: `${how}; in addition Node has no compiled code of wos-ctl and the kernel in its cache`,
    },
    {
      what: 'wos-ctl spawn to the first line',
      unit: 'ms',
      duende: summarise(values.warm ?? []),
      rivals,
      how: `${how}; the kernel runs`,
    },
  ];
}
