import type { DaemonHandle } from '@duende/core';
import { PepitaAdapter } from '@duende/pepita';
import { untilSpareReady } from '../../../packages/pepita/test/vm/spare-parts.ts';
import type { Row } from '../row.ts';
import { summarise } from '../statistics.ts';
import { type Side, start, type Work } from './side.ts';

/** One spawn, removed again. Milliseconds to its first line. */
async function once(side: Pick<Side, 'adapter'>, work: Work): Promise<number> {
  const begin = performance.now();
  const handle: DaemonHandle = await start(side, work);
  try {
    for await (const _ of side.adapter.logs(handle, { follow: true })) return performance.now() - begin;
    throw new Error(`${handle.name} ended without a line`);
  } finally {
    await side.adapter.remove(handle, { force: true });
  }
}

/** Each by an adapter of its own, as of a program that spawns once. The first two make the image and the template. */
async function alone({ stateDirectory }: Side, work: Work, rounds: number): Promise<number[]> {
  const values: number[] = [];
  for (let round = -2; round < rounds; round += 1) {
    const adapter = new PepitaAdapter({ stateDirectory, accel: 'tcg' });
    try {
      const taken = await once({ adapter }, work);
      if (round >= 0) values.push(taken);
    } finally {
      await adapter.close();
    }
  }
  return values;
}

/** All by one adapter, each when a VM is kept ready: from the second alike one on there is one. */
async function keptReady(side: Side, work: Work, rounds: number): Promise<number[]> {
  for (let round = 0; round < 2; round += 1) await once(side, work);
  const values: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    await untilSpareReady(side.stateDirectory, '');
    values.push(await once(side, work));
  }
  return values;
}

async function rowsOf(side: Side, kind: string, work: Work, rounds: number, atMost: number): Promise<Row[]> {
  const how = 'adapter.spawn() and adapter.logs() until the first line of the program';
  const clone = summarise(await alone(side, work, rounds));
  const ready = summarise(await keptReady(side, work, rounds));
  return [
    {
      what: `spawn of a ${kind} to its first output`,
      unit: 'ms',
      duende: ready,
      target: { kind: 'value', atMost },
      how: `${how}, of a program that spawned the same before: a clone of the template is kept ready (docs/pepita.md)`,
    },
    {
      what: `the same, as the first ${kind} of a program`,
      unit: 'ms',
      duende: clone,
      how: `${how}, by a new adapter each time: cloned from the template of its image then`,
    },
  ];
}

export async function spawn(side: Side): Promise<Row[]> {
  const { program, module } = side;
  return [
    ...(await rowsOf(side, 'static program', { program, args: ['say', 'hello', 'park'] }, 20, 150)),
    ...(await rowsOf(side, 'Node daemon', { module, memory: '256M' }, 10, 1000)),
  ];
}
