import type { RestartPolicy } from '@duende/core';
import type { Clause } from '../clause.ts';
import { check, equal, show } from '../expect.ts';
import { ended, inState, line, running, texts } from '../observe.ts';
import { sleep, until } from '../poll.ts';
import { restarting, runs } from './restart-support.ts';

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
      async run(context) {
        const commands = ['run', 'sleep', '100', ...ending.commands];
        const restart = { policy, delay: 30, factor: 1, maxRestarts: 1000 };
        const handle = await context.spawn(commands, { restart });
        await until('two restarts', async () => (await context.adapter.status(handle)).restarts >= 2);
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
      async run(context) {
        const restart = { policy, delay: 10 };
        const handle = await context.spawn(['run', ...ending.commands], { restart });
        const status = await ended(context, handle);
        equal(status.state, state, `state (${show(status)})`);
        await sleep(300);
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
      async run(context) {
        const handle = await context.spawn(['run', 'park'], { restart: { policy, delay: 10 } });
        await line(context, handle, /^run /);
        equal((await context.adapter.stop(handle)).state, 'stopped', 'state');
        await sleep(300);
        equal((await context.adapter.status(handle)).state, 'stopped', 'state later');
        equal((await runs(context, handle)).length, 1, 'runs');
      },
    }),
  ),
  restarting('always', {
    id: 'restart.same-daemon-each-time',
    contract: 13,
    title: 'each run gets the same arguments, environment and folder',
    async run(context) {
      const cwd = await context.probe.directory('here');
      const env = { PROBE_VALUE: 'a $b %c\n"d"' };
      const restart = { policy: 'always', delay: 20, factor: 1, maxRestarts: 2 } as const;
      const handle = await context.spawn(['report', 'x y', ''], { cwd, env, restart });
      await ended(context, handle);
      const lines = (await texts(context.adapter, handle)).filter((text) =>
        /^(arg|cwd|env "PROBE)/.test(text),
      );
      equal(lines.length, 12, `reported lines of three runs (${show(lines)})`);
      equal(lines.slice(4, 8), lines.slice(0, 4), 'second run');
      equal(lines.slice(8), lines.slice(0, 4), 'third run');
    },
  }),
  restarting('on-failure', {
    id: 'restart.wait-outlasts-restarts',
    contract: 13,
    title: 'wait() resolves when the daemon has ended for good, not at a restart',
    async run(context) {
      const restart = { policy: 'on-failure', delay: 150, factor: 1, maxRestarts: 2 } as const;
      const handle = await context.spawn(['run', 'sleep', '50', 'exit', '3'], { restart });
      const status = await ended(context, handle);
      equal(status.restarts, 2, 'restarts when wait() resolved');
      equal((await runs(context, handle)).length, 3, 'runs when wait() resolved');
    },
  }),
  restarting('on-failure', {
    id: 'restart.shows-starting',
    contract: 13,
    title: 'a daemon that waits for its restart is starting, says when, and shows how the last run ended',
    async run(context) {
      const restart = { policy: 'on-failure', delay: 3000 } as const;
      const handle = await context.spawn(['exit', '3'], { restart });
      const status = await inState(context, handle, ['starting']);
      equal(status.pid, undefined, 'PID between two runs');
      equal(status.lastExit, { code: 3 }, 'lastExit');
      const due = Date.parse(status.restartAt ?? '') - Date.now();
      check(due > 0 && due < 4000, `restartAt: expected within 3 s, got ${status.restartAt}`);
    },
  }),
  restarting('on-failure', {
    id: 'restart.stop-ends-backoff',
    contract: 13,
    title: 'stop() of a daemon that waits for its restart ends it for good',
    async run(context) {
      const restart = { policy: 'on-failure', delay: 700 } as const;
      const handle = await context.spawn(['run', 'exit', '3'], { restart });
      await inState(context, handle, ['starting']);
      await context.adapter.stop(handle);
      check(
        ['stopped', 'failed'].includes((await context.adapter.status(handle)).state),
        'expected a terminal state after stop()',
      );
      await sleep(1000);
      equal((await runs(context, handle)).length, 1, 'runs');
    },
  }),
  restarting('on-failure', {
    id: 'restart.after-kill',
    contract: 13,
    title: 'on-failure restarts a daemon that was killed with -9',
    needs: (can) => [['signal KILL', can.signals.KILL]],
    async run(context) {
      const restart = { policy: 'on-failure', delay: 20 } as const;
      const handle = await context.spawn(['run', 'park'], { restart });
      const pid = await running(context, handle);
      await context.adapter.signal(handle, 'KILL');
      const status = await until('a restart', async () => {
        const now = await context.adapter.status(handle);
        return now.state === 'running' && now.pid !== pid && now;
      });
      equal(status.restarts, 1, 'restarts');
    },
  }),
];
