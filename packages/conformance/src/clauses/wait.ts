import type { DaemonHandle, PlatformAdapter } from '@duende/core';
import { type Clause, clause } from '../clause.ts';
import { check, equal, fail, show } from '../expect.ts';
import { ended, line } from '../observe.ts';
import { bestOfThree, meanwhile, sleep } from '../poll.ts';

/**
 * Milliseconds from the moment when KILL has been delivered (or later) until the last of `waiters` knows. The exit
 * itself is in the daemon's clock, which need not be this machine's, so delivery is the earliest moment that can be seen.
 */
async function lateness(
  adapters: readonly PlatformAdapter[],
  handle: DaemonHandle,
  waiters: number,
  listenFor: number,
): Promise<number> {
  const resolved: number[] = [];
  const waits = Array.from({ length: waiters }, async (_, index) => {
    const adapter = adapters[index % adapters.length] as PlatformAdapter;
    const status = await adapter.wait(handle);
    resolved.push(performance.now());
    return status;
  });
  const all = meanwhile(Promise.all(waits));
  // Everyone is listening before the daemon ends.
  await sleep(listenFor);
  equal(resolved.length, 0, 'waits that resolved while the daemon was running');
  await (adapters[0] as PlatformAdapter).signal(handle, 'KILL');
  const killed = performance.now();
  const states = (await all).map((status) => status.state);
  equal(new Set(states), new Set(['failed']), 'what the waiters were told');
  return Math.max(...resolved) - killed;
}

/** Point 9: wait(). */
export const waitClauses: readonly Clause[] = [
  ...[1, 20].map((waiters) =>
    clause({
      id: `wait.${waiters === 1 ? 'one-waiter' : 'twenty-waiters'}-within-100-ms`,
      contract: 9,
      title: `wait() resolves within 100 ms of the exit for ${waiters === 1 ? 'one waiter' : '20 waiters'}`,
      exclusive: true,
      logs: false,
      needs: (can) => [['signal KILL', can.signals.KILL]],
      async run(context) {
        const adapters = [context.adapter, await context.client()].slice(0, waiters);
        // The latest of four: a wait that looks only now and then would pass once by luck.
        await bestOfThree('from the exit until every waiter knows', 100, async () => {
          let latest = 0;
          for (let round = 0; round < 4; round++) {
            const handle = await context.spawn(['park']);
            latest = Math.max(latest, await lateness(adapters, handle, waiters, 100 + round * 37));
          }
          return latest;
        });
      },
    }),
  ),
  clause({
    id: 'wait.ended-resolves-at-once',
    contract: 9,
    title: 'wait() for a daemon that has ended resolves at once',
    exclusive: true,
    logs: false,
    async run(context) {
      const handle = await context.spawn(['exit', '3']);
      await ended(context, handle);
      const other = await context.client();
      await bestOfThree('wait() for an ended daemon', 100, async () => {
        const begun = performance.now();
        equal((await other.wait(handle)).state, 'failed', 'state');
        return performance.now() - begun;
      });
    },
  }),
  clause({
    id: 'wait.can-be-given-up',
    contract: 9,
    title: "wait() rejects with the signal's reason when it is aborted, and the daemon runs on",
    logs: false,
    async run(context) {
      const handle = await context.spawn(['park']);
      const controller = new AbortController();
      const reason = new Error('enough');
      setTimeout(() => controller.abort(reason), 100);
      const outcome = await context.adapter.wait(handle, { signal: controller.signal }).then(
        (status) => fail(`expected a rejection, got ${show(status)}`),
        (error: unknown) => error,
      );
      check(outcome === reason, `expected the signal's reason, got ${show(outcome)}`);
      const late = await context.adapter.wait(handle, { signal: AbortSignal.abort(reason) }).then(
        (status) => fail(`expected a rejection, got ${show(status)}`),
        (error: unknown) => error,
      );
      check(late === reason, `already aborted: expected the signal's reason, got ${show(late)}`);
      equal((await context.adapter.status(handle)).state, 'running', 'state');
    },
  }),
  clause({
    id: 'wait.from-another-process',
    contract: 9,
    title: 'another process can wait, and is told the same',
    async run(context) {
      const handle = await context.spawn(['sleep', '700', 'exit', '3']);
      const [theirs] = await context.elsewhere([{ method: 'wait', args: [handle] }]);
      equal(theirs, JSON.parse(JSON.stringify(await ended(context, handle))), 'status');
    },
  }),
  clause({
    id: 'wait.outlasts-pause',
    contract: 9,
    title: 'a paused daemon has not ended',
    needs: (can) => [
      ['signal STOP', can.signals.STOP],
      ['signal KILL', can.signals.KILL],
    ],
    async run(context) {
      const handle = await context.spawn(['trap']);
      await line(context, handle, 'ready');
      let over = false;
      const waiting = meanwhile(
        context.adapter.wait(handle).then((status) => {
          over = true;
          return status;
        }),
      );
      await context.adapter.signal(handle, 'STOP');
      await sleep(300);
      equal(over, false, 'wait() resolved while the daemon was paused');
      await context.adapter.signal(handle, 'KILL');
      equal((await waiting).state, 'failed', 'state');
    },
  }),
];
