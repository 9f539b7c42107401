import type { Signal } from '@duende/core';
import { type Clause, clause } from '../clause.ts';
import { check, equal, show } from '../expect.ts';
import { ended, inState, line, running, texts } from '../observe.ts';
import { sleep, until } from '../poll.ts';

const catchable: readonly Signal[] = ['TERM', 'INT', 'HUP', 'QUIT', 'USR1', 'USR2'];

const ticks = (lines: readonly string[]): number => lines.filter((text) => text.startsWith('tick ')).length;

/** Point 6: the nine signals do what their names say. */
export const signalClauses: readonly Clause[] = [
  ...catchable.map((signal) =>
    clause({
      id: `signals.${signal.toLowerCase()}-reaches-handler`,
      contract: 6,
      title: `${signal} reaches the daemon's handler, and only ${signal}`,
      needs: (can) => [[`signal ${signal}`, can.signals[signal]]],
      async run(context) {
        const handle = await context.spawn(['trap']);
        await line(context, handle, 'ready');
        const pid = await running(context, handle);
        await context.adapter.signal(handle, signal);
        await line(context, handle, signal);
        await sleep(50);
        equal(await texts(context.adapter, handle), ['ready', signal], 'what the daemon printed');
        equal(await running(context, handle), pid, 'PID afterwards');
      },
    }),
  ),
  clause({
    id: 'signals.repeated',
    contract: 6,
    title: 'signals sent one after the other all arrive, in order',
    needs: (can) => [
      ['signal USR1', can.signals.USR1],
      ['signal HUP', can.signals.HUP],
    ],
    async run(context) {
      const handle = await context.spawn(['trap']);
      await line(context, handle, 'ready');
      const sent: Signal[] = ['USR1', 'HUP', 'USR1', 'HUP', 'USR1'];
      for (const [index, signal] of sent.entries()) {
        await context.adapter.signal(handle, signal);
        // Equal signals merge while one is pending: the next is sent when this one has arrived.
        await until(`signal ${index} arrived`, async () => {
          return (await texts(context.adapter, handle)).length === index + 2;
        });
      }
      equal((await texts(context.adapter, handle)).slice(1), sent, 'signals in order');
    },
  }),
  clause({
    id: 'signals.kill-cannot-be-caught',
    contract: 6,
    title: 'KILL ends a daemon that traps everything',
    needs: (can) => [['signal KILL', can.signals.KILL]],
    async run(context) {
      const handle = await context.spawn(['trap']);
      await line(context, handle, 'ready');
      await context.adapter.signal(handle, 'KILL');
      const status = await ended(context, handle);
      check(status.state === 'failed' && status.reason === 'signal', `expected failed, got ${show(status)}`);
      equal(status.exit && 'signal' in status.exit && status.exit.signal, 'SIGKILL', 'exit.signal');
      equal(await texts(context.adapter, handle), ['ready'], 'what the daemon printed');
    },
  }),
  ...(['TERM', 'INT'] as const).map((signal) =>
    clause({
      id: `signals.${signal.toLowerCase()}-ends-daemon`,
      contract: 6,
      title: `${signal} ends a daemon without a handler, which counts as stopped`,
      needs: (can) => [[`signal ${signal}`, can.signals[signal]]],
      async run(context) {
        const handle = await context.spawn(['park']);
        await context.adapter.signal(handle, signal);
        const status = await ended(context, handle);
        equal(status.state, 'stopped', 'state');
        check(status.state === 'stopped' && status.exit !== undefined, 'expected an exit');
        equal(status.exit, { ...status.exit, signal: `SIG${signal}` }, 'exit');
      },
    }),
  ),
  clause({
    id: 'signals.stop-pauses',
    contract: 6,
    title: 'STOP shows paused and really stops the work',
    needs: (can) => [['signal STOP', can.signals.STOP]],
    async run(context) {
      const handle = await context.spawn(['count']);
      await line(context, handle, 'tick 3');
      const pid = await running(context, handle);
      await context.adapter.signal(handle, 'STOP');
      const status = await inState(context, handle, ['paused'], 2000);
      equal(status.pid, pid, 'PID while paused');
      // What was written before may still be on its way to the log.
      await sleep(200);
      const before = ticks(await texts(context.adapter, handle));
      await sleep(400);
      equal(ticks(await texts(context.adapter, handle)), before, 'ticks after 400 ms of pause');
    },
  }),
  clause({
    id: 'signals.stop-uses-no-processor',
    contract: 6,
    title: 'a paused daemon uses no processor time',
    needs: (can) => [['signal STOP', can.signals.STOP]],
    unless: (can) => (can.stats.includes('cpuUsec') ? undefined : 'stats: cpuUsec is not measured'),
    async run(context) {
      const handle = await context.spawn(['spin', '0']);
      const used = async (): Promise<number> => (await context.adapter.stats(handle)).cpuUsec ?? 0;
      await until('the daemon uses the processor', async () => (await used()) > 50_000);
      await context.adapter.signal(handle, 'STOP');
      await inState(context, handle, ['paused'], 2000);
      const before = await used();
      await sleep(500);
      const while500ms = (await used()) - before;
      check(while500ms < 50_000, `expected no use in 500 ms of pause, got ${while500ms} microseconds`);
    },
  }),
  clause({
    id: 'signals.cont-resumes',
    contract: 6,
    title: 'CONT resumes a paused daemon where it was',
    needs: (can) => [
      ['signal STOP', can.signals.STOP],
      ['signal CONT', can.signals.CONT],
    ],
    async run(context) {
      const handle = await context.spawn(['count']);
      const pid = await running(context, handle);
      await context.adapter.signal(handle, 'STOP');
      await inState(context, handle, ['paused'], 2000);
      await context.adapter.signal(handle, 'CONT');
      await inState(context, handle, ['running'], 2000);
      equal(await running(context, handle), pid, 'PID after CONT');
      const before = ticks(await texts(context.adapter, handle));
      await until('new ticks', async () => ticks(await texts(context.adapter, handle)) > before + 3);
      const lines = await texts(context.adapter, handle);
      const expected = lines.map((_, index) => `tick ${index + 1}`);
      equal(lines, expected, 'the whole log');
    },
  }),
  clause({
    id: 'signals.kill-ends-paused',
    contract: 6,
    title: 'KILL ends a paused daemon',
    needs: (can) => [
      ['signal STOP', can.signals.STOP],
      ['signal KILL', can.signals.KILL],
    ],
    async run(context) {
      const handle = await context.spawn(['park']);
      await context.adapter.signal(handle, 'STOP');
      await inState(context, handle, ['paused'], 2000);
      await context.adapter.signal(handle, 'KILL');
      equal((await ended(context, handle)).state, 'failed', 'state');
    },
  }),
];
