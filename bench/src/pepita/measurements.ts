import { readFileSync } from 'node:fs';
import type { DaemonHandle } from '@duende/core';
import type { Row } from '../row.ts';
import { summarise } from '../statistics.ts';
import { coldBoot, hungBoots } from './boot.ts';
import { type Side, start, type Work } from './side.ts';

async function timed(work: () => Promise<unknown>): Promise<number> {
  const begin = performance.now();
  await work();
  return performance.now() - begin;
}

async function firstLine({ adapter }: Side, handle: DaemonHandle): Promise<string> {
  for await (const { text } of adapter.logs(handle, { follow: true })) return text;
  throw new Error(`${handle.name} ended without a line`);
}

/** Milliseconds of spawns to the first line, after those that make the templates. */
async function spawns(side: Side, work: Work, rounds: number): Promise<number[]> {
  const values: number[] = [];
  for (let round = -2; round < rounds; round += 1) {
    let handle: DaemonHandle | undefined;
    const taken = await timed(async () => {
      handle = await start(side, work);
      await firstLine(side, handle);
    });
    if (round >= 0) values.push(taken);
    await side.adapter.remove(handle as DaemonHandle, { force: true });
  }
  return values;
}

async function spawn(side: Side): Promise<Row[]> {
  const { program, module } = side;
  const args = ['say', 'hello', 'park'];
  const how =
    'adapter.spawn() and adapter.logs() until the first line of the program, from a warm template of its image';
  return [
    {
      what: 'spawn of a static program to its first output',
      unit: 'ms',
      duende: summarise(await spawns(side, { program, args }, 30)),
      target: { kind: 'value', atMost: 150 },
      how,
    },
    {
      what: 'spawn of a Node daemon to its first output',
      unit: 'ms',
      duende: summarise(
        await spawns(side, { module, memory: '256M' }, 10),
        'a module daemon in a guest of 256 MiB',
      ),
      target: { kind: 'value', atMost: 1000 },
      how,
    },
  ];
}

const proportional = (pid: number): number =>
  Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1]) * 1.024e-3;

async function memory(side: Side): Promise<Row[]> {
  const { adapter, program } = side;
  const handles: DaemonHandle[] = [];
  for (let index = 0; index < 10; index += 1) {
    handles.push(await start(side, { program, args: ['park'] }));
  }
  const sizes: number[] = [];
  for (const handle of handles) {
    const { vmm } = await adapter.inspect(handle);
    if (vmm === undefined) throw new Error(`${handle.name} has no QEMU any more`);
    sizes.push(proportional(vmm.pid));
  }
  for (const handle of handles) await adapter.remove(handle, { force: true });
  return [
    {
      what: 'memory of each of ten clones (PSS)',
      unit: 'MB',
      duende: summarise(sizes, `${Math.max(...sizes).toFixed(1)} MB at most`),
      target: { kind: 'value', atMost: 40 },
      how: 'Ten VMs of 128 MiB from one template, each with a static program that waits: Pss of the QEMU process in /proc/PID/smaps_rollup',
    },
  ];
}

async function signal(side: Side): Promise<Row[]> {
  const { adapter, program } = side;
  const handle = await start(side, { program, args: ['trap'] });
  const lines = adapter.logs(handle, { follow: true })[Symbol.asyncIterator]();
  await lines.next();
  const values: number[] = [];
  const delivered: number[] = [];
  for (let round = -10; round < 100; round += 1) {
    const begin = performance.now();
    await adapter.signal(handle, 'USR1');
    const answered = performance.now() - begin;
    await lines.next();
    if (round >= 0) {
      values.push(answered);
      delivered.push(performance.now() - begin);
    }
  }
  await lines.return?.(undefined);
  await adapter.remove(handle, { force: true });
  return [
    {
      what: 'signal()',
      unit: 'ms',
      duende: summarise(values),
      target: { kind: 'value', atMost: 10 },
      how: 'adapter.signal(USR1): to the init in the guest and back',
    },
    {
      what: 'signal() to what the program writes upon it',
      unit: 'ms',
      duende: summarise(delivered),
      how: 'The same until adapter.logs() has the line that the program writes when it gets the signal',
    },
  ];
}

async function stop(side: Side): Promise<Row[]> {
  const { adapter, program } = side;
  const values: number[] = [];
  for (let round = -2; round < 20; round += 1) {
    const handle = await start(side, { program, args: ['park'] });
    const taken = await timed(() => adapter.stop(handle));
    if (round >= 0) values.push(taken);
    await adapter.remove(handle, { force: true });
  }
  return [
    {
      what: 'stop of an idle VM',
      unit: 'ms',
      duende: summarise(values),
      target: { kind: 'value', atMost: 300 },
      how: 'adapter.stop() of a program that SIGTERM ends, until its QEMU and its bridge are gone',
    },
  ];
}

export const measurements: Readonly<Record<string, (side: Side) => Promise<Row[]>>> = {
  spawn,
  memory,
  signal,
  stop,
  coldBoot,
  hungBoots,
};
