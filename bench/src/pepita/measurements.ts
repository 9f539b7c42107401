import { readFileSync } from 'node:fs';
import type { DaemonHandle } from '@duende/core';
import type { Row } from '../row.ts';
import { summarise } from '../statistics.ts';
import { coldBoot, hungBoots } from './boot.ts';
import { type Side, start } from './side.ts';
import { spawn } from './spawns.ts';

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
    const begin = performance.now();
    await adapter.stop(handle);
    if (round >= 0) values.push(performance.now() - begin);
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
