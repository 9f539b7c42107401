import { parseHandle } from '@duende/core/contract';
import type { Clause } from '../clause.ts';
import { check, equal, show } from '../expect.ts';
import { ended, inState } from '../observe.ts';
import { until } from '../poll.ts';
import { backoff, gaps, restarting, restartLimit, runs } from './restart-support.ts';

/** Milliseconds that starting the probe may take on a loaded machine, and that timers may be early. */
const late = 1500;
const early = 20;

function expectGaps(got: readonly number[], wanted: readonly number[]): void {
  const fits =
    got.length === wanted.length &&
    wanted.every((delay, index) => {
      const gap = got[index] ?? -1;
      return gap >= delay - early && gap <= delay + late;
    });
  check(fits, `delays between runs: expected at least ${show(wanted)} and little more, got ${show(got)}`);
}

/** Point 13: backoff, limit, and no need of a Duende process. */
export const restartBackoffClauses: readonly Clause[] = [
  restarting('on-failure', {
    id: 'restart.backoff-grows',
    contract: 13,
    title: 'each delay is the last one times the factor',
    needs: (can) => [backoff(can), restartLimit(can)],
    async run(context) {
      const restart = { policy: 'on-failure', delay: 150, factor: 3, maxRestarts: 3 } as const;
      const handle = await context.spawn(['run', 'exit', '3'], { restart });
      await ended(context, handle);
      expectGaps(await gaps(context, handle), [150, 450, 1350]);
    },
  }),
  restarting('on-failure', {
    id: 'restart.backoff-has-a-maximum',
    contract: 13,
    title: 'no delay is longer than maxDelay',
    needs: (can) => [backoff(can), restartLimit(can)],
    async run(context) {
      const restart = {
        policy: 'on-failure',
        delay: 100,
        factor: 50,
        maxDelay: 300,
        maxRestarts: 4,
      } as const;
      const handle = await context.spawn(['run', 'exit', '3'], { restart });
      await ended(context, handle);
      expectGaps(await gaps(context, handle), [100, 300, 300, 300]);
    },
  }),
  restarting('on-failure', {
    id: 'restart.good-run-resets-backoff',
    contract: 13,
    title: 'after a run longer than the window the delay begins anew, and the limit too',
    needs: (can) => [backoff(can), restartLimit(can)],
    async run(context) {
      const restart = { policy: 'on-failure', delay: 100, factor: 30, maxRestarts: 1, window: 400 } as const;
      const handle = await context.spawn(['run', 'sleep', '800', 'exit', '3'], { restart });
      await until('three restarts', async () => (await context.adapter.status(handle)).restarts >= 3, {
        timeout: 10_000,
      });
      await context.adapter.stop(handle);
      expectGaps((await gaps(context, handle)).slice(0, 2), [900, 900]);
    },
  }),
  restarting('on-failure', {
    id: 'restart.limit',
    contract: 13,
    title: 'after maxRestarts restarts within the window the daemon has failed, restart-limit',
    needs: (can) => [backoff(can), restartLimit(can)],
    async run(context) {
      const restart = { policy: 'on-failure', delay: 20, factor: 1, maxRestarts: 3 } as const;
      const handle = await context.spawn(['run', 'exit', '3'], { restart });
      const status = await ended(context, handle);
      check(
        status.state === 'failed' && status.reason === 'restart-limit',
        `expected failed, restart-limit, got ${show(status)}`,
      );
      equal(status.restarts, 3, 'restarts');
      equal(status.exit, { code: 3 }, 'exit of the last run');
      equal((await runs(context, handle)).length, 4, 'runs');
      equal(await (await context.client()).status(handle), status, 'status of another client');
    },
  }),
  restarting('on-failure', {
    id: 'restart.count',
    contract: 13,
    title: 'the restart count goes up by one with each restart',
    needs: (can) => [backoff(can), restartLimit(can)],
    async run(context) {
      const restart = { policy: 'on-failure', delay: 150, factor: 1, maxRestarts: 4 } as const;
      const handle = await context.spawn(['run', 'sleep', '150', 'exit', '3'], { restart });
      const seen: number[] = [];
      await until('the end', async () => {
        const status = await context.adapter.status(handle);
        if (seen.at(-1) !== status.restarts) seen.push(status.restarts);
        return status.state === 'failed';
      });
      equal(seen, [0, 1, 2, 3, 4], 'restart counts');
      equal((await runs(context, handle)).length, 5, 'runs');
    },
  }),
  restarting('always', {
    id: 'restart.limit-zero-is-none',
    contract: 13,
    title: 'maxRestarts 0 is no limit',
    needs: (can) => [backoff(can), restartLimit(can)],
    async run(context) {
      const restart = { policy: 'always', delay: 10, factor: 1, maxRestarts: 0 } as const;
      const handle = await context.spawn(['run', 'exit', '0'], { restart });
      await until('15 restarts', async () => (await context.adapter.status(handle)).restarts >= 15, {
        timeout: 12_000,
      });
    },
  }),
  restarting('on-failure', {
    id: 'restart.without-duende-process',
    contract: 13,
    title: 'restarts, backoff and limit go on when the process that spawned the daemon has gone',
    needs: (can) => [backoff(can), restartLimit(can)],
    async run(context) {
      const restart = { policy: 'on-failure', delay: 300, factor: 2, maxRestarts: 3 } as const;
      const spec = await context.define(['run', 'sleep', '300', 'exit', '3'], { restart });
      // This process lets go, too: nothing of Duende but what the platform runs is there meanwhile.
      await context.adapter.close?.();
      const [spawned] = await context.elsewhere([{ method: 'spawn', args: [spec] }]);
      const later = { ...context, adapter: await context.client() };
      const handle = parseHandle(spawned);
      const status = await inState(later, handle, ['failed'], 12_000);
      equal(status.reason, 'restart-limit', 'reason');
      equal(status.restarts, 3, 'restarts');
      expectGaps(await gaps(later, handle), [600, 900, 1500]);
    },
  }),
];
