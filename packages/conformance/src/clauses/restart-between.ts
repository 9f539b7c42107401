import type { Clause } from '../clause.ts';
import { check, equal, show } from '../expect.ts';
import { ended, inState, running, texts } from '../observe.ts';
import { sleep, until } from '../poll.ts';
import { backoff, ownDelay, restarting, restartLimit, runs, soon, within } from './restart-support.ts';

/** Point 13: what is the same in each run, and what shows between two runs. */
export const restartBetweenClauses: readonly Clause[] = [
  restarting('always', {
    id: 'restart.same-daemon-each-time',
    contract: 13,
    title: 'each run gets the same arguments, environment and folder',
    needs: (can) => [backoff(can), restartLimit(can)],
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
    needs: (can) => [backoff(can), restartLimit(can)],
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
      const restart = soon(context.capabilities, { policy: 'on-failure', delay: 3000 });
      const handle = await context.spawn(['exit', '3'], { restart });
      // Between the end of a run and the decision about the next one it is starting already, without a time.
      const waiting = async () => {
        const now = await context.adapter.status(handle);
        return now.state === 'starting' && now.restartAt !== undefined && now;
      };
      const options = { timeout: 2500, signal: context.signal };
      const status = await until('it is starting, and says when', waiting, options);
      equal(status.pid, undefined, 'PID between two runs');
      equal(status.lastExit, { code: 3 }, 'lastExit');
      const due = Date.parse(status.restartAt ?? '') - Date.now();
      const latest = within(context.capabilities, 4000);
      check(due > 0 && due < latest, `restartAt: expected within ${latest} ms, got ${status.restartAt}`);
    },
  }),
  restarting('on-failure', {
    id: 'restart.stop-ends-backoff',
    contract: 13,
    title: 'stop() of a daemon that waits for its restart ends it for good',
    timeout: 40_000,
    async run(context) {
      const can = context.capabilities;
      const restart = soon(can, { policy: 'on-failure', delay: 700 });
      const handle = await context.spawn(['run', 'exit', '3'], { restart });
      await inState(context, handle, ['starting']);
      await context.adapter.stop(handle);
      check(
        ['stopped', 'failed'].includes((await context.adapter.status(handle)).state),
        'expected a terminal state after stop()',
      );
      await sleep(backoff(can)[1].supported ? 1000 : ownDelay);
      equal((await runs(context, handle)).length, 1, 'runs');
    },
  }),
  restarting('on-failure', {
    id: 'restart.after-kill',
    contract: 13,
    title: 'on-failure restarts a daemon that was killed with -9',
    timeout: 40_000,
    needs: (can) => [['signal KILL', can.signals.KILL]],
    async run(context) {
      const can = context.capabilities;
      const restart = soon(can, { policy: 'on-failure', delay: 20 });
      const handle = await context.spawn(['run', 'park'], { restart });
      const pid = await running(context, handle);
      await context.adapter.signal(handle, 'KILL');
      const again = async () => {
        const now = await context.adapter.status(handle);
        return now.state === 'running' && now.pid !== pid && now;
      };
      const status = await until('a restart', again, { timeout: within(can, 5000) });
      equal(status.restarts, 1, 'restarts');
    },
  }),
];
