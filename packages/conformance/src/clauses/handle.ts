import { type DaemonHandle, parseHandle } from '@duende/core/contract';
import { type Clause, clause } from '../clause.ts';
import { check, equal, rejects } from '../expect.ts';
import { ended, line, running, texts } from '../observe.ts';

const copy = (handle: DaemonHandle): DaemonHandle => parseHandle(JSON.parse(JSON.stringify(handle)));

/** Point 15: a handle is plain JSON that works anywhere. */
export const handleClauses: readonly Clause[] = [
  clause({
    id: 'handle.works-elsewhere',
    contract: 15,
    title: 'another process that has the JSON can ask, signal, read, stop, wait and remove',
    needs: (can) => [['signal USR1', can.signals.USR1]],
    async run(context) {
      const handle = await context.spawn(['trap']);
      await line(context, handle, 'ready');
      const pid = await running(context, handle);
      const [status] = await context.elsewhere([
        { method: 'status', args: [handle] },
        { method: 'signal', args: [handle, 'USR1'] },
      ]);
      equal((status as { pid?: number }).pid, pid, 'PID seen elsewhere');
      await line(context, handle, 'USR1');
      const [logs, stopped, waited] = await context.elsewhere([
        { method: 'logs', args: [handle] },
        { method: 'stop', args: [handle, { timeout: 200 }] },
        { method: 'wait', args: [handle] },
        { method: 'remove', args: [handle] },
      ]);
      equal(
        (logs as { text: string }[]).map(({ text }) => text),
        ['ready', 'USR1'],
        'log read elsewhere',
      );
      equal((stopped as { state: string }).state, 'stopped', 'state that stop() gave');
      equal(waited, stopped, 'status that wait() gave');
      await rejects(context.adapter.status(handle), { reason: 'not-found' }, 'status after remove elsewhere');
    },
  }),
  clause({
    id: 'handle.made-elsewhere',
    contract: 15,
    title: 'a handle from another process works here',
    async run(context) {
      const spec = await context.define(['graceful']);
      const [made] = await context.elsewhere([{ method: 'spawn', args: [spec] }]);
      const handle = parseHandle(made);
      await line(context, handle, 'ready');
      await running(context, handle);
      equal((await context.adapter.stop(handle)).state, 'stopped', 'state');
      equal(await texts(context.adapter, handle), ['ready', 'TERM'], 'log');
    },
  }),
  clause({
    id: 'handle.copy-works',
    contract: 15,
    title: 'a copy through JSON works in a fresh client of this process',
    logs: false,
    async run(context) {
      const handle = copy(await context.spawn(['exit', '3']));
      await ended(context, handle);
      const client = await context.client();
      equal(await client.status(handle), await context.adapter.status(handle), 'status');
    },
  }),
  clause({
    id: 'handle.list-and-find-give-it',
    contract: 15,
    title: 'list() and find() give the handle that spawn() gave',
    logs: false,
    async run(context) {
      const handle = copy(await context.spawn(['park']));
      const client = await context.client();
      equal(await client.find(handle.name), handle, 'find()');
      const listed = (await client.list()).filter(({ name }) => name === handle.name);
      equal(listed, [handle], 'list()');
      check(
        (await client.find(`${handle.name}-not`)) === undefined,
        'find() of an unused name gave something',
      );
    },
  }),
];
