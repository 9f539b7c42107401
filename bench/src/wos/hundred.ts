import type { ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { readPss } from '../processes.ts';
import type { Figure, Row } from '../row.ts';
import { summarise } from '../statistics.ts';
import { endChild, type Runtime, runtimes, runtimesOf, startChild } from './children.ts';
import { startHost } from './hosts/start-host.ts';
import type { Side } from './side.ts';

const processes = 100;

interface Measured {
  readonly start: Figure;
  readonly memory: Figure;
}

/** Of programs that say a line and wait. */
async function figures(starts: readonly number[], pids: readonly number[]): Promise<Measured> {
  await sleep(1000);
  const bytes = pids.reduce((sum, pid) => sum + readPss(pid), 0) / 1024 ** 2;
  return {
    start: summarise(starts),
    memory: summarise([bytes / processes], `${bytes.toFixed(0)} MB in ${pids.length} processes`),
  };
}

async function inHost({ context, programs }: Side, file: 'kernel' | 'workers'): Promise<Measured> {
  const args = [programs.bench, String(processes), 'say'];
  const host = await startHost(context, file, file === 'kernel' ? ['module', ...args] : args);
  const measured = await figures(host.starts, [host.pid]);
  await host.end();
  return measured;
}

async function asChildren({ context, programs }: Side, runtime: Runtime): Promise<Measured> {
  const children: ChildProcess[] = [];
  const starts: number[] = [];
  const pids: number[] = [];
  for (let count = 0; count < processes; count += 1) {
    const { child, pid, milliseconds } = await startChild(
      context,
      runtimes[runtime](programs.bench, ['say']),
    );
    children.push(child);
    starts.push(milliseconds);
    pids.push(pid);
  }
  const measured = await figures(starts, pids);
  await Promise.all(children.map(endChild));
  return measured;
}

/** A hundred programs: in a kernel, in a process or on a thread each. */
export async function measureHundred(side: Side): Promise<Row[]> {
  const duende = await inHost(side, 'kernel');
  const children = await asChildren(side, 'node:wasi');
  const workers = await inHost(side, 'workers');
  const wasmtime = runtimesOf(side).includes('wasmtime') ? await asChildren(side, 'wasmtime') : undefined;
  const row = (field: keyof Measured): Pick<Row, 'duende' | 'reference' | 'rivals'> => ({
    duende: duende[field],
    reference: { name: 'node:wasi in a child', figure: children[field] },
    rivals: { 'node:wasi in a worker': workers[field], ...(wasmtime && { wasmtime: wasmtime[field] }) },
  });
  return [
    {
      what: `start, of ${processes} processes`,
      unit: 'ms',
      ...row('start'),
      how: `One after the other, each to its first line: kernel.spawn(), a Node process with node:wasi, a worker thread with node:wasi`,
    },
    {
      what: `memory, of ${processes} processes`,
      unit: 'MB',
      ...row('memory'),
      how: 'PSS of everything that runs then, Node and kernel included, divided by their number',
    },
  ];
}
