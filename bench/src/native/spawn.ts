import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BenchContext } from '../context.ts';
import { isMissing } from '../rivals/install.ts';
import type { Figure, Row } from '../row.ts';
import { interleave, summarise } from '../statistics.ts';
import { type Sides, sleepProgram } from './setup.ts';

/** child_process.spawn of the same program, with its output in files, until its exec has succeeded. */
async function plainSpawn(folder: string): Promise<number> {
  const start = performance.now();
  const stdout = openSync(join(folder, 'stdout'), 'a');
  const stderr = openSync(join(folder, 'stderr'), 'a');
  const child = spawn(sleepProgram, ['100000'], { detached: true, stdio: ['ignore', stdout, stderr] });
  await once(child, 'spawn');
  const taken = performance.now() - start;
  closeSync(stdout);
  closeSync(stderr);
  child.kill('SIGKILL');
  await once(child, 'exit');
  return taken;
}

/** Milliseconds of rest before a single spawn: caches are cold by then, as in a program that spawns now and then. */
const pause = 1000;

export async function measureSpawn(context: BenchContext, { native }: Sides): Promise<Row[]> {
  const folder = context.makeFolder('plain');
  const duende = async (): Promise<number> => {
    const start = performance.now();
    const handle = await native.spawn('spawned');
    const taken = performance.now() - start;
    await native.remove([handle]);
    return taken;
  };
  const plain = (): Promise<number> => plainSpawn(folder);
  const how = `adapter.spawn() of ${sleepProgram} until it resolves, against child_process.spawn of the same until its 'spawn' event (detached, output to files)`;
  const row = (what: string, values: Record<'duende' | 'plain', number[]>, condition: string): Row => ({
    what,
    unit: 'ms',
    duende: summarise(values.duende),
    reference: { name: 'child_process.spawn', figure: summarise(values.plain) },
    how: `${how}; ${condition}`,
  });
  const target = { kind: 'ratio', atMost: 1.5 } as const;
  const after = async (side: () => Promise<number>): Promise<number> => {
    await sleep(pause);
    return await side();
  };
  const again = await interleave({ duende, plain }, { rounds: 100, warmUp: 10 });
  const single = await interleave(
    { duende: () => after(duende), plain: () => after(plain) },
    { rounds: 50, warmUp: 1 },
  );
  const unprepared = await interleave(
    { duende: () => native.adapter.close().then(duende), plain },
    { rounds: 50, warmUp: 1 },
  );
  return [
    {
      ...row(
        'spawn, one after the other',
        again,
        'the adapter has a spare supervisor ready from the last spawn',
      ),
      target,
    },
    {
      ...row(
        'spawn, a single one',
        single,
        `${pause / 1000} s of rest before each; the spare supervisor is still there`,
      ),
      target,
    },
    {
      ...row(
        'spawn, without a spare',
        unprepared,
        'the adapter was closed before each, its spare has ended: as the first spawn of a program, where it is hidden behind the loading of modules',
      ),
      target,
    },
  ];
}

/** The command lines that start a daemon, as whole processes. */
export async function measureStartCommand({ native, pm2, s6, supervisord }: Sides): Promise<Row[]> {
  const service = isMissing(s6) ? undefined : await s6.supervise('one', [sleepProgram, '100000'], false);
  const sides: Record<string, () => Promise<number>> = {
    duende: async () => {
      const args = ['spawn', '--name', 'commanded', '--json', '--', sleepProgram, '100000'];
      const { milliseconds } = await native.run(...args);
      await native.run('rm', '--force', 'commanded');
      return milliseconds;
    },
  };
  if (!isMissing(pm2)) {
    sides.pm2 = async () => {
      const milliseconds = await pm2.start('one', sleepProgram, '100000');
      await pm2.run('delete', 'one');
      return milliseconds;
    };
  }
  if (service !== undefined && !isMissing(s6)) {
    const { control } = s6;
    sides.s6 = async () => {
      const { milliseconds } = await control('-wu', '-u', service);
      await control('-wd', '-d', service);
      return milliseconds;
    };
  }
  if (!isMissing(supervisord)) {
    sides.supervisord = async () => {
      const { milliseconds } = await supervisord.control('start', 'one');
      await supervisord.control('stop', 'one');
      return milliseconds;
    };
  }
  const values = await interleave(sides, { rounds: 20, warmUp: 2 });
  const figure = (name: string, side: unknown): Figure =>
    isMissing(side) ? side : summarise(values[name] ?? []);
  return [
    {
      what: 'start command',
      unit: 'ms',
      duende: summarise(values.duende ?? []),
      rivals: {
        pm2: figure('pm2', pm2),
        s6: figure('s6', s6),
        supervisord: figure('supervisord', supervisord),
      },
      how: '`duende spawn`, `pm2 start`, `s6-svc -wu -u` (its s6-supervise runs already) and `supervisorctl start`, as whole processes',
    },
  ];
}
