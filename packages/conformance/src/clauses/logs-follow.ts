import type { DaemonHandle, LogsOptions } from '@duende/core';
import { type Clause, clause } from '../clause.ts';
import type { ClauseContext } from '../context.ts';
import { check, equal, show } from '../expect.ts';
import { line } from '../observe.ts';
import { bestOfThree, sleep, until } from '../poll.ts';
import { expectPrinted } from './logs.ts';
import { backoff, restartLimit } from './restart-support.ts';

/** Follows in the background; `over` says that the iterable has ended. */
function follow(context: ClauseContext, handle: DaemonHandle, options: LogsOptions = {}) {
  const state = { lines: [] as string[], times: [] as number[], over: false, failure: undefined as unknown };
  const read = async (): Promise<void> => {
    for await (const entry of context.adapter.logs(handle, { ...options, follow: true })) {
      state.lines.push(entry.text);
      state.times.push(performance.now());
    }
  };
  const finished = read()
    .catch((error: unknown) => {
      state.failure = error;
    })
    .finally(() => {
      state.over = true;
    });
  return Object.assign(state, { finished });
}

/** Point 12: follow. */
export const logFollowClauses: readonly Clause[] = [
  clause({
    id: 'logs.follow-within-200-ms',
    contract: 12,
    title: 'follow delivers a line within 200 ms',
    exclusive: true,
    needs: (can) => [['signal USR1', can.signals.USR1]],
    async run(context) {
      const handle = await context.spawn(['trap']);
      await line(context, handle, 'ready');
      const following = follow(context, handle);
      await until('the lines that there are', () => following.lines.length === 1);
      // The latest of five lines, each printed just after the one before it was seen: a follow that looks only now and
      // then has then just looked, so it cannot pass by luck.
      await bestOfThree('from the signal until the line is there', 200, async () => {
        let latest = 0;
        for (let round = 0; round < 5; round++) {
          const seen = following.lines.length;
          await context.adapter.signal(handle, 'USR1');
          // The daemon prints about now: the signal is delivered when signal() resolves.
          const printed = performance.now();
          await until('the followed line', () => following.lines.length > seen, { interval: 2 });
          latest = Math.max(latest, (following.times[seen] ?? Number.POSITIVE_INFINITY) - printed);
          await sleep(10);
        }
        return latest;
      });
    },
  }),
  clause({
    id: 'logs.follow-is-whole',
    contract: 12,
    title: 'follow gives every line once, those that were there first, and ends with the daemon',
    async run(context) {
      const handle = await context.spawn(['print', '60', '40', 'stdout', '10', 'exit', '3']);
      await sleep(200);
      const following = follow(context, handle);
      await context.adapter.wait(handle);
      await until('the follow ends after the daemon', () => following.over);
      equal(following.failure, undefined, 'failure of the follow');
      expectPrinted(following.lines, 60, 40, 'followed lines');
    },
  }),
  clause({
    id: 'logs.follow-tail',
    contract: 12,
    title: 'follow with tail begins with the last lines and goes on',
    needs: (can) => [['signal USR1', can.signals.USR1]],
    async run(context) {
      const handle = await context.spawn(['say', 'one', 'say', 'two', 'say', 'three', 'trap']);
      await line(context, handle, 'ready');
      const following = follow(context, handle, { tail: 2 });
      await until('the last lines', () => following.lines.length >= 2);
      await context.adapter.signal(handle, 'USR1');
      await until('the new line', () => following.lines.includes('USR1'));
      equal(following.lines, ['three', 'ready', 'USR1'], 'followed lines');
    },
  }),
  clause({
    id: 'logs.follow-can-be-ended',
    contract: 12,
    title: 'a follow ends by its signal, without an error, and the daemon runs on',
    async run(context) {
      const handle = await context.spawn(['count']);
      const controller = new AbortController();
      const following = follow(context, handle, { signal: controller.signal });
      await until('lines', () => following.lines.length > 3);
      controller.abort();
      await until('the follow ends', () => following.over, { timeout: 2000 });
      equal(following.failure, undefined, 'failure of the follow');
      const { length } = following.lines;
      await sleep(200);
      equal(following.lines.length, length, 'lines after the end of the follow');
      equal((await context.adapter.status(handle)).state, 'running', 'state');
    },
  }),
  clause({
    id: 'logs.follow-can-be-left',
    contract: 12,
    title: 'leaving the loop ends a follow',
    async run(context) {
      const handle = await context.spawn(['count']);
      const seen: string[] = [];
      for await (const { text } of context.adapter.logs(handle, { follow: true })) {
        seen.push(text);
        if (seen.length === 5) break;
      }
      equal(seen, ['tick 1', 'tick 2', 'tick 3', 'tick 4', 'tick 5'], 'lines before the break');
    },
  }),
  clause({
    id: 'logs.follow-over-restart',
    contract: 12,
    title: 'follow goes on over automatic restarts and ends with the last run',
    needs: (can) => [['restart on-failure', can.restart['on-failure']], backoff(can), restartLimit(can)],
    async run(context) {
      const restart = { policy: 'on-failure', delay: 150, factor: 1, maxRestarts: 2 } as const;
      const handle = await context.spawn(['say', 'begun', 'sleep', '100', 'exit', '3'], { restart });
      const following = follow(context, handle);
      await context.adapter.wait(handle);
      await until('the follow ends', () => following.over);
      equal(following.lines, ['begun', 'begun', 'begun'], 'followed lines');
    },
  }),
  clause({
    id: 'logs.two-followers',
    contract: 12,
    title: 'two followers both get every line',
    async run(context) {
      const handle = await context.spawn(['sleep', '200', 'print', '30', '40', 'stdout', '10']);
      const both = [follow(context, handle), follow({ ...context, adapter: await context.client() }, handle)];
      await context.adapter.wait(handle);
      await Promise.all(both.map((following) => until('the follow ends', () => following.over)));
      for (const following of both) {
        check(following.failure === undefined, `a follow failed: ${show(following.failure)}`);
        expectPrinted(following.lines, 30, 40, 'followed lines');
      }
    },
  }),
];
