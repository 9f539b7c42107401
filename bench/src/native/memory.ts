import { setTimeout as sleep } from 'node:timers/promises';
import { findManagers, readPss } from '../processes.ts';
import { isMissing } from '../rivals/install.ts';
import type { Figure, Row } from '../row.ts';
import { summarise } from '../statistics.ts';
import { copies, type Sides, sleepProgram } from './setup.ts';

const names = Array.from({ length: copies }, (_, index) => `many-${index}`);

/** Megabytes a daemon that everything beside the daemons has, five times over two seconds. */
async function measure(daemons: readonly number[], folder: string): Promise<Figure> {
  if (daemons.length !== copies) throw new Error(`${daemons.length} daemons run, of ${copies}`);
  await sleep(1000);
  const values: number[] = [];
  let managers: number[] = [];
  for (let round = 0; round < 5; round += 1) {
    managers = findManagers(daemons, folder);
    if (managers.length === 0) return { missing: 'no process beside the daemons was found' };
    const bytes = managers.reduce((sum, pid) => sum + readPss(pid), 0);
    values.push(bytes / 1024 ** 2 / daemons.length);
    await sleep(400);
  }
  const total = (summarise(values).median * daemons.length).toFixed(1);
  return summarise(values, `${total} MB in ${managers.length} processes`);
}

async function measureNative({ native }: Sides): Promise<Figure> {
  const handles = [];
  for (const name of names) handles.push(await native.spawn(name));
  const pids = [];
  for (const handle of handles) pids.push(await native.track(handle));
  const figure = await measure(pids, native.stateDirectory);
  await native.remove(handles);
  return figure;
}

async function measureS6({ s6 }: Sides): Promise<Figure> {
  if (isMissing(s6)) return s6;
  const pids = [];
  for (const name of names) {
    pids.push(await s6.pidOf(await s6.supervise(name, [sleepProgram, '100000'], true)));
  }
  const figure = await measure(pids, `${s6.folder}/many-`);
  for (const name of names) await s6.control('-xd', `${s6.folder}/${name}`);
  return figure;
}

async function measureSupervisord({ supervisord }: Sides): Promise<Figure> {
  if (isMissing(supervisord)) return supervisord;
  await supervisord.control('start', 'many:*');
  const { stdout } = await supervisord.control('status', 'many:*');
  const pids = [...stdout.matchAll(/\bpid (\d+),/g)].map((match) => Number(match[1]));
  const figure = await measure(pids, supervisord.folder);
  await supervisord.control('stop', 'many:*');
  return figure;
}

async function measurePm2({ pm2 }: Sides): Promise<Figure> {
  if (isMissing(pm2)) return pm2;
  for (const name of names) await pm2.start(name, sleepProgram, '100000');
  const { stdout } = await pm2.run('jlist');
  const list = JSON.parse(stdout) as { pid: number; name: string }[];
  const pids = list.filter(({ name }) => name.startsWith('many-')).map(({ pid }) => pid);
  const figure = await measure(pids, pm2.folder);
  await pm2.run('delete', '/^many-/');
  return figure;
}

export async function measureMemory(sides: Sides): Promise<Row[]> {
  return [
    {
      what: `memory per daemon (PSS, of ${copies})`,
      unit: 'MB',
      duende: await measureNative(sides),
      target: { kind: 'value', atMost: 0.6 },
      rivals: {
        pm2: await measurePm2(sides),
        s6: await measureS6(sides),
        supervisord: await measureSupervisord(sides),
      },
      how: 'PSS of all processes that stay beside the daemons, divided by the number of daemons; s6 without a logger, the others log',
    },
  ];
}
