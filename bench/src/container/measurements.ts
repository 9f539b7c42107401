import { setTimeout as sleep } from 'node:timers/promises';
import type { DaemonHandle } from '@duende/core';
import { runTimed } from '../commands.ts';
import type { Row } from '../row.ts';
import { interleave, summarise } from '../statistics.ts';
import type { Side } from './engine.ts';
import { image } from './image.ts';

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

let count = 0;
const start = ({ adapter, program }: Side): Promise<DaemonHandle> =>
  adapter.spawn({ name: `bench-${count++}`, program, args: ['park'] });

const containerOf = ({ data }: DaemonHandle): string => (data.kind === 'container' ? data.containerId : '');

async function status(side: Side): Promise<Row[]> {
  const { adapter, env } = side;
  const handle = await start(side);
  const docker = async (): Promise<number> =>
    (await runTimed('docker', ['inspect', containerOf(handle)], { env })).milliseconds;
  const sides = { duende: () => timed(() => adapter.status(handle)), inspect: docker };
  const values = await interleave(sides, { rounds: 1000, warmUp: 100, every: { inspect: 25 } });
  await adapter.remove(handle, { force: true });
  const row = { unit: 'ms', duende: summarise(values.duende) } as const;
  const how = 'adapter.status() of a running container on a warm connection';
  return [
    { ...row, what: 'status()', target: { kind: 'value', atMost: 3 }, how },
    {
      ...row,
      what: 'status() against docker inspect',
      reference: { name: 'docker inspect', figure: summarise(values.inspect) },
      target: { kind: 'ratio', atMost: 0.1 },
      how: `${how}, against \`docker inspect\` as a whole process`,
    },
  ];
}

async function spawn(side: Side): Promise<Row[]> {
  const { adapter, env, program } = side;
  const first = await start(side);
  const inspect = ['inspect', '--format', '{{.Config.Image}}', containerOf(first)];
  const reference = (await runTimed('docker', inspect, { env })).stdout.trim();
  await adapter.remove(first, { force: true });
  const options = ['--network', 'none', '--log-driver', 'local', '--log-opt', 'max-size=10485760'];
  const sides = {
    duende: async () => {
      let handle: DaemonHandle | undefined;
      const taken = await timed(async () => {
        handle = await start(side);
      });
      await adapter.remove(handle as DaemonHandle, { force: true });
      return taken;
    },
    run: async () => {
      const name = `bench-run-${count++}`;
      const args = [
        'run',
        '-d',
        '--name',
        name,
        ...options,
        '--stop-timeout',
        '10',
        reference,
        program,
        'park',
      ];
      const { milliseconds } = await runTimed('docker', args, { env });
      await runTimed('docker', ['rm', '-f', name], { env });
      return milliseconds;
    },
  };
  const values = await interleave(sides, { rounds: 30, warmUp: 3 });
  return [
    {
      what: 'spawn',
      unit: 'ms',
      duende: summarise(values.duende),
      reference: { name: 'docker run -d', figure: summarise(values.run) },
      target: { kind: 'ratio', atMost: 1.1 },
      how: 'adapter.spawn() until the program was executed, image made before, against `docker run -d` of the same image, network, log driver and stop timeout as a whole process',
    },
  ];
}

async function wait(side: Side): Promise<Row[]> {
  const { adapter } = side;
  const values: number[] = [];
  for (let round = -3; round < 30; round += 1) {
    const handle = await start(side);
    const { pid } = await adapter.status(handle);
    const woken = adapter.wait(handle).then(() => performance.now());
    await sleep(50);
    const killed = performance.now();
    process.kill(pid as number, 'SIGKILL');
    const taken = (await woken) - killed;
    if (round >= 0) values.push(taken);
    await adapter.remove(handle, { force: true });
  }
  return [
    {
      what: 'wait() wakes',
      unit: 'ms',
      duende: summarise(values),
      target: { kind: 'value', atMost: 150 },
      how: 'From the SIGKILL of the program until adapter.wait() has resolved with how it ended',
    },
  ];
}

async function signal(side: Side): Promise<Row[]> {
  const { adapter, env, program } = side;
  const handle = await adapter.spawn({ name: `bench-${count++}`, program, args: ['trap'] });
  const docker = async (): Promise<number> =>
    (await runTimed('docker', ['kill', '-s', 'USR1', containerOf(handle)], { env })).milliseconds;
  const sides = { duende: () => timed(() => adapter.signal(handle, 'USR1')), kill: docker };
  const values = await interleave(sides, { rounds: 100, warmUp: 10, every: { kill: 5 } });
  await adapter.remove(handle, { force: true });
  return [
    {
      what: 'signal()',
      unit: 'ms',
      duende: summarise(values.duende),
      reference: { name: 'docker kill -s USR1', figure: summarise(values.kill) },
      how: 'adapter.signal(USR1), which goes through the socket of our init, against `docker kill -s USR1` as a whole process',
    },
  ];
}

export const measurements: Readonly<Record<string, (side: Side) => Promise<Row[]>>> = {
  status,
  spawn,
  wait,
  signal,
  image,
};
