import { type Clause, clause } from '../clause.ts';
import { check, equal, show } from '../expect.ts';
import { ended, inState, line, running, texts } from '../observe.ts';
import { meanwhile } from '../poll.ts';

/** Milliseconds that a stop may take besides its own timeout. */
const slack = 3000;

/** Points 10 and 11: stop(). */
export const stopClauses: readonly Clause[] = [
  clause({
    id: 'stop.is-graceful',
    contract: 10,
    title: 'stop() sends TERM, lets the daemon end by itself, and resolves with how it ended',
    async run(context) {
      const handle = await context.spawn(['graceful']);
      await line(context, handle, 'ready');
      const begun = performance.now();
      const status = await context.adapter.stop(handle, { timeout: 8000 });
      check(performance.now() - begun < 5000, 'expected the stop when the daemon ended, not at the timeout');
      check(status.state === 'stopped', `expected stopped, got ${show(status)}`);
      equal(status.exit, { code: 0 }, 'exit');
      equal(await texts(context.adapter, handle), ['ready', 'TERM'], 'what the daemon printed');
      equal((await context.adapter.status(handle)).state, 'stopped', 'state afterwards');
    },
  }),
  ...(['INT', 'QUIT', 'HUP', 'USR1', 'USR2'] as const).map((signal) =>
    clause({
      id: `stop.uses-stop-signal-${signal.toLowerCase()}`,
      contract: 10,
      title: `stop() sends ${signal} where the spec says so`,
      needs: (can) => [[`signal ${signal}`, can.signals[signal]]],
      async run(context) {
        const handle = await context.spawn(['graceful'], { stopSignal: signal });
        await line(context, handle, 'ready');
        equal((await context.adapter.stop(handle)).state, 'stopped', 'state');
        equal(await texts(context.adapter, handle), ['ready', signal], 'what the daemon printed');
      },
    }),
  ),
  clause({
    id: 'stop.kills-after-timeout',
    contract: 10,
    title: 'a daemon that ignores TERM is killed after the timeout, which counts as stopped',
    async run(context) {
      const handle = await context.spawn(['ignore', 'TERM', 'say', 'deaf', 'park']);
      await line(context, handle, 'deaf');
      const begun = performance.now();
      const status = await context.adapter.stop(handle, { timeout: 600 });
      const took = performance.now() - begun;
      check(took >= 550, `killed after ${Math.round(took)} ms, the timeout is 600`);
      check(took < 600 + slack, `killed after ${Math.round(took)} ms, the timeout is 600`);
      check(status.state === 'stopped', `expected stopped, got ${show(status)}`);
      equal(status.exit && 'signal' in status.exit && status.exit.signal, 'SIGKILL', 'exit.signal');
    },
  }),
  clause({
    id: 'stop.takes-timeout-of-spec',
    contract: 10,
    title: "without a timeout stop() takes the spec's stopTimeout",
    async run(context) {
      const handle = await context.spawn(['ignore', 'TERM', 'say', 'deaf', 'park'], { stopTimeout: 500 });
      await line(context, handle, 'deaf');
      const begun = performance.now();
      await context.adapter.stop(handle);
      const took = performance.now() - begun;
      check(took >= 450 && took < 500 + slack, `took ${Math.round(took)} ms, stopTimeout is 500`);
    },
  }),
  clause({
    id: 'stop.zero-timeout-kills-at-once',
    contract: 10,
    title: 'a timeout of 0 kills at once',
    async run(context) {
      const handle = await context.spawn(['ignore', 'TERM', 'say', 'deaf', 'park'], { stopTimeout: '10s' });
      await line(context, handle, 'deaf');
      const begun = performance.now();
      equal((await context.adapter.stop(handle, { timeout: 0 })).state, 'stopped', 'state');
      check(performance.now() - begun < slack, 'expected the kill at once');
    },
  }),
  clause({
    id: 'stop.ends-paused',
    contract: 10,
    title: 'a paused daemon can be stopped',
    needs: (can) => [['signal STOP', can.signals.STOP]],
    async run(context) {
      const handle = await context.spawn(['park']);
      await context.adapter.signal(handle, 'STOP');
      await inState(context, handle, ['paused'], 2000);
      equal((await context.adapter.stop(handle, { timeout: 1000 })).state, 'stopped', 'state');
    },
  }),
  clause({
    id: 'stop.shows-stopping',
    contract: 10,
    title: 'while it is being stopped, a daemon is stopping',
    async run(context) {
      const handle = await context.spawn(['ignore', 'TERM', 'say', 'deaf', 'park']);
      await line(context, handle, 'deaf');
      const pid = await running(context, handle);
      const stopping = meanwhile(context.adapter.stop(handle, { timeout: 1500 }));
      const status = await inState(context, handle, ['stopping'], 1200);
      equal(status.pid, pid, 'PID while stopping');
      await stopping;
    },
  }),
  clause({
    id: 'stop.is-idempotent',
    contract: 11,
    title: 'stop() of a stopped daemon resolves with the same status',
    logs: false,
    async run(context) {
      const handle = await context.spawn(['park']);
      const first = await context.adapter.stop(handle);
      equal(await context.adapter.stop(handle), first, 'status of the second stop');
      equal(await (await context.client()).stop(handle), first, 'status of a stop by another client');
    },
  }),
  clause({
    id: 'stop.twice-at-once',
    contract: 11,
    title: 'two stops at the same time both resolve',
    async run(context) {
      const handle = await context.spawn(['ignore', 'TERM', 'say', 'deaf', 'park']);
      await line(context, handle, 'deaf');
      const other = await context.client();
      const both = [context.adapter.stop(handle, { timeout: 400 }), other.stop(handle, { timeout: 400 })];
      equal(
        (await Promise.all(both)).map((status) => status.state),
        ['stopped', 'stopped'],
        'states',
      );
    },
  }),
  clause({
    id: 'stop.keeps-how-it-ended',
    contract: 11,
    title: 'stop() of a daemon that failed by itself does not change how it ended',
    logs: false,
    async run(context) {
      const handle = await context.spawn(['exit', '3']);
      const before = await ended(context, handle);
      equal(await context.adapter.stop(handle), before, 'status');
      equal(await context.adapter.status(handle), before, 'status afterwards');
    },
  }),
];
