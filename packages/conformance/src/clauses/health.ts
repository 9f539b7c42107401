import { createServer } from 'node:net';
import type { Capabilities } from '@duende/core';
import { type Clause, clause, type Need } from '../clause.ts';
import type { ClauseContext, ProgramInput } from '../context.ts';
import { check, equal, fail, show } from '../expect.ts';
import { ended, line, running } from '../observe.ts';
import { sleep, until } from '../poll.ts';
import { runs, soon, within } from './restart-support.ts';

type HealthInput = NonNullable<ProgramInput['health']>;

/** A port that is free on this machine; the daemon binds it a moment later. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address ? address.port : fail('no free port');
}

const timing = { interval: 100, timeout: 2000, retries: 2 };

/** A probe that is a script takes a moment until it listens. */
const startPeriod = 1500;

const checks = {
  http: (port: number): HealthInput => ({
    type: 'http',
    url: `http://127.0.0.1:${port}/health`,
    startPeriod,
    ...timing,
  }),
  tcp: (port: number): HealthInput => ({ type: 'tcp', port, startPeriod, ...timing }),
};

async function command(context: ClauseContext, commands: readonly string[]): Promise<HealthInput> {
  const { program, args } = await context.probe.program(commands);
  return { type: 'command', command: [program, ...args], ...timing };
}

const needs =
  (type: 'command' | 'http' | 'tcp') =>
  (can: Capabilities): Need[] => [[`health ${type}`, can.health[type]]];

const network = (['http', 'tcp'] as const).flatMap((type) => [
  clause({
    id: `health.${type}-failing`,
    contract: 8,
    title: `a daemon whose ${type} check stops answering has failed, watchdog`,
    needs: (can) => [...needs(type)(can), ['signal USR1', can.signals.USR1]],
    async run(context) {
      const port = await freePort();
      const handle = await context.spawn([type, String(port)], { health: checks[type](port) });
      await line(context, handle, `listening ${port}`);
      await until('healthy', async () => (await context.adapter.status(handle)).health === 'healthy');
      await sleep(400);
      await running(context, handle);
      await context.adapter.signal(handle, 'USR1');
      const status = await ended(context, handle);
      check(
        status.state === 'failed' && status.reason === 'watchdog',
        `expected failed, watchdog, got ${show(status)}`,
      );
    },
  }),
  clause({
    id: `health.${type}-restarts`,
    contract: 13,
    title: `a daemon whose ${type} check stops answering is restarted by its policy`,
    timeout: 40_000,
    needs: (can) => [
      ...needs(type)(can),
      ['signal USR1', can.signals.USR1],
      ['restart on-failure', can.restart['on-failure']],
    ],
    async run(context) {
      const port = await freePort();
      const restart = soon(context.capabilities, { policy: 'on-failure', delay: 50 });
      const commands = ['run', type, String(port)];
      const handle = await context.spawn(commands, { health: checks[type](port), restart });
      await line(context, handle, `listening ${port}`);
      await context.adapter.signal(handle, 'USR1');
      await until('a restart', async () => (await context.adapter.status(handle)).restarts === 1, {
        timeout: within(context.capabilities, 8000),
      });
      await until('healthy again', async () => (await context.adapter.status(handle)).health === 'healthy');
      await sleep(400);
      equal((await runs(context, handle)).length, 2, 'runs');
    },
  }),
]);

/** Points 8 and 13: health checks. */
export const healthClauses: readonly Clause[] = [
  ...network,
  clause({
    id: 'health.command-passing',
    contract: 8,
    title: 'a daemon whose check command exits 0 is healthy and runs on',
    needs: needs('command'),
    async run(context) {
      const handle = await context.spawn(['park'], { health: await command(context, ['exit', '0']) });
      await until('healthy', async () => (await context.adapter.status(handle)).health === 'healthy');
      await sleep(500);
      await running(context, handle);
    },
  }),
  clause({
    id: 'health.command-failing',
    contract: 8,
    title: 'a daemon whose check command exits 1 has failed, watchdog',
    needs: needs('command'),
    async run(context) {
      const handle = await context.spawn(['park'], { health: await command(context, ['exit', '1']) });
      const status = await ended(context, handle);
      check(
        status.state === 'failed' && status.reason === 'watchdog',
        `expected failed, watchdog, got ${show(status)}`,
      );
    },
  }),
  clause({
    id: 'health.command-too-slow',
    contract: 8,
    title: 'a check command that does not end within its timeout counts as failed',
    needs: needs('command'),
    async run(context) {
      const health = { ...(await command(context, ['park'])), timeout: 200 };
      const handle = await context.spawn(['park'], { health });
      const status = await ended(context, handle);
      equal(status.state === 'failed' && status.reason, 'watchdog', `reason (${show(status)})`);
    },
  }),
  clause({
    id: 'health.start-period',
    contract: 8,
    title: 'failures within startPeriod do not count',
    needs: needs('command'),
    async run(context) {
      const health = { ...(await command(context, ['exit', '1'])), startPeriod: 1500 };
      const begun = performance.now();
      const handle = await context.spawn(['park'], { health });
      equal((await ended(context, handle)).state, 'failed', 'state');
      const took = performance.now() - begun;
      check(took >= 1450, `failed after ${Math.round(took)} ms, startPeriod is 1500`);
    },
  }),
];
