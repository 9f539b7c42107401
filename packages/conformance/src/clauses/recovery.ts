import type { DaemonHandle } from '@duende/core';
import { type Clause, type ClauseInput, clause } from '../clause.ts';
import type { ClauseContext } from '../context.ts';
import { check, equal, fail, show } from '../expect.ts';
import { alive, inState, line, running, texts } from '../observe.ts';
import { meanwhile, sleep, until } from '../poll.ts';
import { backoff, restartLimit, runs } from './restart-support.ts';

const managed = (input: ClauseInput): Clause =>
  clause({
    ...input,
    killsManager: true,
    needs: (can) => [['kill -9 of the manager', can.managerKill], ...(input.needs?.(can) ?? [])],
  });

async function killManager(context: ClauseContext, handle: DaemonHandle): Promise<void> {
  const { harness } = context;
  if (!harness.killManager)
    fail('capabilities.managerKill is supported, so the harness must have killManager()');
  await harness.killManager(handle);
}

/** Point 14: kill -9 of the managing process loses nothing. */
export const recoveryClauses: readonly Clause[] = [
  managed({
    id: 'recovery.daemon-runs-on',
    contract: 14,
    title: 'after kill -9 of the manager, three times: the same PID, no restart, and every call works',
    needs: (can) => [['signal USR1', can.signals.USR1]],
    async run(context) {
      const handle = await context.spawn(['trap'], {
        restart: context.capabilities.restart['on-failure'].supported ? 'on-failure' : 'never',
      });
      await line(context, handle, 'ready');
      const pid = await running(context, handle);
      for (let round = 1; round <= 3; round++) {
        await killManager(context, handle);
        await sleep(100);
        const client = await context.client();
        const status = await client.status(handle);
        check(status.state === 'running' && status.pid === pid, `expected PID ${pid}, got ${show(status)}`);
        equal(status.restarts, 0, 'restarts');
        const known = (await client.list()).some(({ id }) => id === handle.id);
        check(known, 'list() forgot the daemon');
        await client.signal(handle, 'USR1');
        await until('the signal arrived', async () => (await texts(client, handle)).length === round + 1);
      }
      equal((await context.adapter.stop(handle, { timeout: 300 })).state, 'stopped', 'state after stop()');
    },
  }),
  managed({
    id: 'recovery.exit-is-known',
    contract: 8,
    title: 'how a daemon ended is known when its manager was killed before',
    async run(context) {
      const handle = await context.spawn(['sleep', '900', 'exit', '3']);
      await killManager(context, handle);
      const status = await inState(context, handle, ['stopped', 'failed']);
      equal(status.state === 'failed' && status.reason, 'exit-code', `reason (${show(status)})`);
      equal(status.exit, { code: 3 }, 'exit');
    },
  }),
  managed({
    id: 'recovery.waiters-are-told',
    contract: 14,
    title: 'a wait() that was under way when the manager was killed resolves when the daemon ends',
    async run(context) {
      const handle = await context.spawn(['sleep', '900', 'exit', '3']);
      const waiting = meanwhile(context.adapter.wait(handle, { signal: context.signal }));
      await sleep(100);
      await killManager(context, handle);
      equal((await waiting).state, 'failed', 'state');
    },
  }),
  managed({
    id: 'recovery.log-is-whole',
    contract: 14,
    title: 'the log has every line when the manager was killed while the daemon printed',
    async run(context) {
      const handle = await context.spawn(['print', '100', '30', 'stdout', '10']);
      await sleep(300);
      await killManager(context, handle);
      await inState(context, handle, ['stopped', 'failed']);
      const numbers = (await texts(context.adapter, handle)).map((text) => Number.parseInt(text, 10));
      equal(
        numbers,
        Array.from({ length: 100 }, (_, index) => index),
        'numbers of the lines',
      );
    },
  }),
  managed({
    id: 'recovery.restarts-go-on',
    contract: 14,
    title: 'the restart policy goes on after the manager was killed, in a run and between two runs',
    needs: (can) => [['restart on-failure', can.restart['on-failure']], backoff(can), restartLimit(can)],
    async run(context) {
      const restart = { policy: 'on-failure', delay: 500, factor: 1, maxRestarts: 2 } as const;
      const handle = await context.spawn(['run', 'sleep', '500', 'exit', '3'], { restart });
      await sleep(100);
      await killManager(context, handle);
      await inState(context, handle, ['starting']);
      await killManager(context, handle);
      const status = await inState(context, handle, ['failed'], 10_000);
      equal([status.reason, status.restarts], ['restart-limit', 2], 'reason and restarts');
      equal((await runs(context, handle)).length, 3, 'runs');
    },
  }),
  managed({
    id: 'recovery.right-after-spawn',
    contract: 14,
    title: 'a manager that is killed right after spawn() loses no daemon',
    async run(context) {
      for (let round = 0; round < 5; round++) {
        const handle = await context.spawn(['run', 'park']);
        await killManager(context, handle);
        await running(context, handle);
        await context.adapter.remove(handle, { force: true });
      }
    },
  }),
  managed({
    id: 'recovery.stop-ends-tree',
    contract: 14,
    title: 'after the manager was killed, stop() still ends the whole tree',
    async run(context) {
      const handle = await context.spawn(['fork', 'park']);
      if ((await line(context, handle, /^forked /)) === 'forked 0') return;
      await line(context, handle, /^orphan /);
      await killManager(context, handle);
      await context.adapter.stop(handle);
      const lines = await texts(context.adapter, handle);
      const pids = lines
        .flatMap((text) => /^(?:child|grandchild|orphan) (\d+)$/.exec(text)?.[1] ?? [])
        .map(Number);
      await until('the tree is gone', async () => (await alive(context, handle, pids)).length === 0);
    },
  }),
];
