import type { RestartPolicy } from '@duende/core';
import type { Clause } from '../clause.ts';
import { check, equal, show } from '../expect.ts';
import { ended, line } from '../observe.ts';
import { sleep, until } from '../poll.ts';
import { backoff, ownDelay, restarting, runs, soon, within } from './restart-support.ts';

interface Ending {
  readonly what: string;
  readonly commands: readonly string[];
}
const clean: Ending = { what: 'exit 0', commands: ['exit', '0'] };
const failure: Ending = { what: 'exit 3', commands: ['exit', '3'] };
const crash: Ending = { what: 'a crash', commands: ['signal-self', 'SEGV'] };
const id = (ending: Ending): string => ({ 'exit 0': 'exit', 'exit 3': 'failure' })[ending.what] ?? 'crash';

const restarts: readonly (readonly [RestartPolicy, Ending])[] = [
  ['on-failure', failure],
  ['on-failure', crash],
  ['always', clean],
  ['always', failure],
  ['always', crash],
  ['unless-stopped', clean],
  ['unless-stopped', failure],
];

const ends: readonly (readonly [RestartPolicy, Ending, 'stopped' | 'failed'])[] = [
  ['never', clean, 'stopped'],
  ['never', failure, 'failed'],
  ['never', crash, 'failed'],
  ['on-failure', clean, 'stopped'],
];

/** Point 13: each policy does what its name says. */
export const restartClauses: readonly Clause[] = [
  ...restarts.map(([policy, ending]) =>
    restarting(policy, {
      id: `restart.${policy}-after-${id(ending)}`,
      contract: 13,
      title: `${policy} restarts after ${ending.what}: another process, the same daemon, counted`,
      timeout: 45_000,
      async run(context) {
        const can = context.capabilities;
        const commands = ['run', 'sleep', '100', ...ending.commands];
        const restart = soon(can, { policy, delay: 30, factor: 1, maxRestarts: 1000 });
        const handle = await context.spawn(commands, { restart });
        await until('two restarts', async () => (await context.adapter.status(handle)).restarts >= 2, {
          timeout: within(can, 5000),
        });
        const found = await context.adapter.find(handle.name);
        equal(found?.id, handle.id, 'id after restarts');
        const status = await context.adapter.stop(handle);
        const all = await runs(context, handle);
        equal(new Set(all.map((run) => run.pid)).size, all.length, 'different PIDs');
        // A run that the stop cut short may not have printed.
        check(
          [status.restarts, status.restarts + 1].includes(all.length),
          `restarts: expected ${all.length - 1}, got ${status.restarts}`,
        );
      },
    }),
  ),
  ...ends.map(([policy, ending, state]) =>
    restarting(policy, {
      id: `restart.${policy}-not-after-${id(ending)}`,
      contract: 13,
      title: `${policy} does not restart after ${ending.what}`,
      timeout: 30_000,
      async run(context) {
        const restart = soon(context.capabilities, { policy, delay: 10 });
        const handle = await context.spawn(['run', ...ending.commands], { restart });
        const status = await ended(context, handle);
        equal(status.state, state, `state (${show(status)})`);
        await sleep(backoff(context.capabilities)[1].supported ? 300 : ownDelay);
        equal((await context.adapter.status(handle)).restarts, 0, 'restarts');
        equal((await runs(context, handle)).length, 1, 'runs');
      },
    }),
  ),
  ...(['on-failure', 'always', 'unless-stopped'] as const).map((policy) =>
    restarting(policy, {
      id: `restart.${policy}-not-after-stop`,
      contract: 13,
      title: `${policy} does not restart what stop() ended`,
      timeout: 30_000,
      async run(context) {
        const can = context.capabilities;
        const handle = await context.spawn(['run', 'park'], { restart: soon(can, { policy, delay: 10 }) });
        await line(context, handle, /^run /);
        equal((await context.adapter.stop(handle)).state, 'stopped', 'state');
        await sleep(backoff(can)[1].supported ? 300 : ownDelay);
        equal((await context.adapter.status(handle)).state, 'stopped', 'state later');
        equal((await runs(context, handle)).length, 1, 'runs');
      },
    }),
  ),
];
