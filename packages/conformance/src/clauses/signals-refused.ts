import type { DaemonHandle, Signal } from '@duende/core';
import { type Clause, clause } from '../clause.ts';
import type { ClauseContext } from '../context.ts';
import { equal, rejects } from '../expect.ts';
import { ended, line, running, texts } from '../observe.ts';
import { sleep } from '../poll.ts';

const supportedSignals = (context: ClauseContext): Signal[] =>
  (Object.keys(context.capabilities.signals) as Signal[]).filter(
    (signal) => context.capabilities.signals[signal].supported,
  );

async function allRejected(
  context: ClauseContext,
  handle: DaemonHandle,
  reason: 'not-running' | 'not-found',
): Promise<void> {
  for (const signal of supportedSignals(context)) {
    const wanted = { code: 'SignalFailed', reason } as const;
    await rejects(context.adapter.signal(handle, signal), wanted, `signal ${signal}`);
  }
}

/** A bystander that prints each signal, and the check that it got none. */
async function bystander(context: ClauseContext) {
  const handle = await context.spawn(['trap']);
  await line(context, handle, 'ready');
  const pid = await running(context, handle);
  return {
    handle,
    async unharmed(): Promise<void> {
      await sleep(100);
      equal(await running(context, handle), pid, 'PID of the bystander');
      equal(await texts(context.adapter, handle), ['ready'], 'what the bystander printed');
    },
  };
}

/** Point 7: a signal to what is not there is refused and harms nothing else. */
export const signalRefusedClauses: readonly Clause[] = [
  clause({
    id: 'signals.dead-is-not-running',
    contract: 7,
    title: 'every signal to an ended daemon is refused as not-running',
    async run(context) {
      const other = await bystander(context);
      const handle = await context.spawn(['exit', '0']);
      await ended(context, handle);
      await allRejected(context, handle, 'not-running');
      await other.unharmed();
    },
  }),
  clause({
    id: 'signals.removed-is-not-found',
    contract: 7,
    title: 'every signal to a removed daemon is refused as not-found',
    async run(context) {
      const other = await bystander(context);
      const handle = await context.spawn(['park']);
      await context.adapter.remove(handle, { force: true });
      await allRejected(context, handle, 'not-found');
      await other.unharmed();
    },
  }),
  clause({
    id: 'signals.unknown-is-not-found',
    contract: 7,
    title: 'every signal to a daemon that never was is refused as not-found',
    async run(context) {
      const other = await bystander(context);
      const handle = await context.spawn(['exit', '0']);
      await ended(context, handle);
      const unknown = { ...handle, name: context.name(), id: `${handle.id}-unknown` };
      await allRejected(context, unknown, 'not-found');
      await other.unharmed();
    },
  }),
  clause({
    id: 'signals.replaced-is-not-found',
    contract: 7,
    title: 'a signal by an old handle does not reach the later daemon of the same name',
    async run(context) {
      const first = await context.spawn(['exit', '0']);
      await ended(context, first);
      const second = await context.spawn(['trap'], { name: first.name });
      await line(context, second, 'ready');
      await allRejected(context, first, 'not-found');
      await sleep(100);
      equal(await texts(context.adapter, second), ['ready'], 'what the later daemon printed');
      await running(context, second);
    },
  }),
  clause({
    id: 'signals.reused-pid-is-safe',
    contract: 7,
    title: "a handle whose PID, unit or VM is now another daemon's reaches nobody",
    async run(context) {
      const other = await bystander(context);
      const dead = await context.spawn(['exit', '0']);
      await ended(context, dead);
      const stale = { ...dead, data: other.handle.data };
      for (const signal of supportedSignals(context)) {
        const wanted = { code: 'SignalFailed', reason: ['not-running', 'not-found'] } as const;
        await rejects(context.adapter.signal(stale, signal), wanted, `signal ${signal}`);
      }
      await other.unharmed();
    },
  }),
];
