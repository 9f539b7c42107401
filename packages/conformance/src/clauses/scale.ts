import { type Clause, clause } from '../clause.ts';
import { check, equal, fail, show } from '../expect.ts';
import { line } from '../observe.ts';
import { soon } from './restart-support.ts';

const hundred = 100;

/** Point 19: many at once. */
export const scaleClauses: readonly Clause[] = [
  clause({
    id: 'scale.hundred-concurrent-spawns',
    contract: 19,
    title: '100 concurrent spawns of distinct names all run, and list() returns them all',
    timeout: 60_000,
    exclusive: true,
    async run(context) {
      const specs = [];
      for (let index = 0; index < hundred; index++)
        specs.push(await context.define(['say', `${index}`, 'park']));
      const handles = await Promise.all(specs.map((spec) => context.adapter.spawn(spec)));
      const statuses = await Promise.all(handles.map((handle) => context.adapter.status(handle)));
      const states = new Set(statuses.map((status) => status.state));
      equal(states, new Set(['running']), 'states');
      equal(new Set(statuses.map((status) => status.pid)).size, hundred, 'different PIDs');
      equal(new Set(handles.map((handle) => handle.id)).size, hundred, 'different ids');
      for (const client of [context.adapter, await context.client()]) {
        const listed = new Set((await client.list()).map((handle) => handle.id));
        const missing = handles.filter((handle) => !listed.has(handle.id)).map((handle) => handle.name);
        equal(missing, [], 'names that list() lacks');
      }
      for (const index of [0, 50, 99]) await line(context, handles[index] ?? fail('no handle'), `${index}`);
      const stopped = await Promise.all(handles.map((handle) => context.adapter.stop(handle)));
      check(
        stopped.every((status) => status.state === 'stopped'),
        `expected all to be stopped, got ${show(stopped.filter((status) => status.state !== 'stopped'))}`,
      );
    },
  }),
  clause({
    id: 'scale.list-is-complete',
    contract: 19,
    title: 'list() has running, paused, restarting and ended daemons, and not those that were removed',
    logs: false,
    needs: (can) => [
      ['signal STOP', can.signals.STOP],
      ['restart on-failure', can.restart['on-failure']],
    ],
    async run(context) {
      const { adapter } = context;
      const runs = await context.spawn(['park']);
      const paused = await context.spawn(['park']);
      await adapter.signal(paused, 'STOP');
      const stopped = await context.spawn(['park']);
      await adapter.stop(stopped);
      const failed = await context.spawn(['exit', '3']);
      await adapter.wait(failed);
      const restarts = await context.spawn(['exit', '3'], {
        restart: soon(context.capabilities, { policy: 'on-failure', delay: 3000 }),
      });
      const removed = await context.spawn(['park']);
      await adapter.remove(removed, { force: true });
      const wanted = [runs, paused, stopped, failed, restarts].map(({ id }) => id);
      const [there] = await context.elsewhere([{ method: 'list', args: [] }]);
      for (const list of [await adapter.list(), there as { id: string }[]]) {
        const ids = new Set(list.map(({ id }) => id));
        equal(
          wanted.filter((id) => !ids.has(id)),
          [],
          'ids that list() lacks',
        );
        check(!ids.has(removed.id), 'list() has a removed daemon');
        equal(ids.size, list.length, 'every daemon once');
      }
    },
  }),
];
