import { type Clause, clause } from '../clause.ts';
import { check, equal, rejects } from '../expect.ts';
import { ended, line, running, texts } from '../observe.ts';
import { until } from '../poll.ts';
import { runs } from './restart-support.ts';

/** The restart() call of the interface. */
export const restartCallClauses: readonly Clause[] = [
  clause({
    id: 'restart.call-gives-new-run',
    contract: 13,
    title: 'restart() keeps the name, gives a new id and another process, and the log goes on',
    async run(context) {
      const env = { PROBE_VALUE: 'kept' };
      const first = await context.spawn(['run', 'graceful'], { env });
      await line(context, first, 'ready');
      const pid = await running(context, first);
      const second = await context.adapter.restart(first);
      equal(second.name, first.name, 'name');
      check(second.id !== first.id, 'expected another id');
      check((await running(context, second)) !== pid, 'expected another PID');
      await until('the second run prints', async () => (await runs(context, second)).length === 2);
      const lines = (await texts(context.adapter, second)).map((text) => text.replace(/^run .*/, 'run'));
      equal(lines.slice(0, 4), ['run', 'ready', 'TERM', 'run'], 'log of both runs');
      equal((await context.adapter.find(first.name))?.id, second.id, 'id that find() gives');
    },
  }),
  clause({
    id: 'restart.call-replaces-handle',
    contract: 13,
    title: 'after restart() the old handle is not found',
    logs: false,
    async run(context) {
      const first = await context.spawn(['park']);
      const second = await context.adapter.restart(first);
      await rejects(context.adapter.status(first), { reason: 'not-found' }, 'status by the old handle');
      await running(context, second);
    },
  }),
  clause({
    id: 'restart.call-of-ended',
    contract: 13,
    title: 'restart() starts a daemon that has ended',
    async run(context) {
      const first = await context.spawn(['run', 'sleep', '300', 'exit', '3']);
      await ended(context, first);
      const second = await context.adapter.restart(first);
      equal((await ended(context, second)).state, 'failed', 'state of the second run');
      equal((await runs(context, second)).length, 2, 'runs in the log');
    },
  }),
  clause({
    id: 'restart.call-by-another-process',
    contract: 13,
    title: 'another process can restart a daemon from its spec',
    async run(context) {
      const first = await context.spawn(['say', 'a $b', 'park']);
      await line(context, first, 'a $b');
      await context.elsewhere([{ method: 'restart', args: [first] }]);
      const second = await context.adapter.find(first.name);
      check(second !== undefined && second.id !== first.id, 'expected find() to give the new run');
      await until('both runs in the log', async () => {
        return (await texts(context.adapter, second)).join() === 'a $b,a $b';
      });
    },
  }),
];
