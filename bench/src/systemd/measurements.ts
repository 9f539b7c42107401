import { setTimeout as sleep } from 'node:timers/promises';
import type { DaemonHandle } from '@duende/core';
import type { SystemdAdapter } from '@duende/systemd';
import { runTimed } from '../commands.ts';
import type { Row } from '../row.ts';
import { interleave, summarise } from '../statistics.ts';
import { Bare } from './bare.ts';
import type { Scope } from './machine.ts';

export interface Side {
  readonly adapter: SystemdAdapter;
  readonly scope: Scope;
  /** A unit that sleeps. */
  spawn(name: string): Promise<DaemonHandle>;
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

const userFlag = (scope: Scope): string[] => (scope === 'user' ? ['--user'] : []);

const systemctl = async (scope: Scope, ...args: string[]): Promise<number> =>
  (await runTimed('systemctl', [...userFlag(scope), ...args])).milliseconds;

async function status({ adapter, scope, spawn }: Side): Promise<Row[]> {
  const handle = await spawn('bench-status');
  const unit = 'duende-bench-status.service';
  const sides = {
    duende: () => timed(() => adapter.status(handle)),
    show: () => systemctl(scope, 'show', unit),
  };
  const values = await interleave(sides, { rounds: 3000, warmUp: 300, every: { show: 50 } });
  const row = { what: `status(), ${scope}`, unit: 'ms', duende: summarise(values.duende) } as const;
  const how = 'adapter.status() of a running unit on a warm connection';
  return [
    { ...row, target: { kind: 'value', atMost: 0.5 }, how },
    {
      ...row,
      what: `status() against systemctl, ${scope}`,
      reference: { name: 'systemctl show', figure: summarise(values.show) },
      target: { kind: 'ratio', atMost: 1 / 20 },
      how: `${how}, against \`systemctl show UNIT\` as a whole process`,
    },
  ];
}

async function spawn({ adapter, scope, spawn: start }: Side): Promise<Row[]> {
  const bare = new Bare(scope);
  await bare.open();
  let count = 0;
  const sides = {
    duende: async () => {
      let handle: DaemonHandle | undefined;
      const taken = await timed(async () => {
        handle = await start(`bench-${count++}`);
      });
      await adapter.remove(handle as DaemonHandle, { force: true });
      return taken;
    },
    bare: async () => {
      const unit = `bench-bare-${count++}.service`;
      const taken = await timed(() => bare.start(unit, ['/bin/sleep', '100000']));
      await bare.stop(unit);
      return taken;
    },
    run: async () => {
      const unit = `bench-run-${count++}.service`;
      const args = [
        ...userFlag(scope),
        '--quiet',
        '--collect',
        `--unit=${unit}`,
        '-p',
        'Type=exec',
        '/bin/sleep',
        '100000',
      ];
      const { milliseconds } = await runTimed('systemd-run', args);
      await bare.stop(unit);
      return milliseconds;
    },
  };
  // What the one before has left to the kernel (groups, namespaces) is done by then.
  const rested = (side: () => Promise<number>) => async (): Promise<number> => {
    await sleep(10);
    return await side();
  };
  const { duende, bare: direct, run } = sides;
  const values = await interleave(
    { duende: rested(duende), bare: rested(direct), run: rested(run) },
    { rounds: 100, warmUp: 10, every: { run: 2 } },
  );
  bare.close();
  const row = { unit: 'ms', duende: summarise(values.duende) } as const;
  const how = 'adapter.spawn() of /bin/sleep until it resolves';
  return [
    {
      ...row,
      what: `spawn, ${scope}`,
      reference: { name: 'StartTransientUnit', figure: summarise(values.bare) },
      target: { kind: 'ratio', atMost: 1.5 },
      how: `${how}, against StartTransientUnit of the same with Type=exec until JobRemoved, by the same D-Bus library`,
    },
    {
      ...row,
      what: `spawn against systemd-run, ${scope}`,
      reference: { name: 'systemd-run', figure: summarise(values.run) },
      target: { kind: 'ratio', atMost: 0.33 },
      how: `${how}, against \`systemd-run -p Type=exec\` as a whole process`,
    },
  ];
}

async function wait({ adapter, scope, spawn: start }: Side): Promise<Row[]> {
  const values: number[] = [];
  for (let round = -5; round < 50; round += 1) {
    const handle = await start(`bench-wait-${round + 5}`);
    const { pid } = await adapter.status(handle);
    const woken = adapter.wait(handle).then(() => performance.now());
    await sleep(50);
    const killed = performance.now();
    process.kill(pid as number, 'SIGKILL');
    const taken = (await woken) - killed;
    if (round >= 0) values.push(taken);
    await adapter.remove(handle);
  }
  return [
    {
      what: `wait() wakes, ${scope}`,
      unit: 'ms',
      duende: summarise(values),
      target: { kind: 'value', atMost: 20 },
      how: 'From the SIGKILL of the main process until adapter.wait() has resolved with how it ended',
    },
  ];
}

async function list({ adapter, scope, spawn: start }: Side): Promise<Row[]> {
  const units = 300;
  for (let done = 0; done < units; done += 20) {
    await Promise.all(Array.from({ length: 20 }, (_, index) => start(`bench-list-${done + index}`)));
  }
  const sides = {
    duende: () => timed(() => adapter.list()),
    systemctl: () => systemctl(scope, 'list-units', '--plain', '--no-legend', 'duende-*'),
  };
  const values = await interleave(sides, { rounds: 30, warmUp: 3 });
  return [
    {
      what: `list() of ${units} units, ${scope}`,
      unit: 'ms',
      duende: summarise(values.duende),
      reference: { name: 'systemctl list-units', figure: summarise(values.systemctl) },
      target: { kind: 'value', atMost: 100 },
      how: `adapter.list() with ${units} running units, against \`systemctl list-units 'duende-*'\` as a whole process`,
    },
  ];
}

export const measurements: Readonly<Record<string, (side: Side) => Promise<Row[]>>> = {
  status,
  spawn,
  wait,
  list,
};
