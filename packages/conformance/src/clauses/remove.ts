import { type Clause, clause } from '../clause.ts';
import { equal, rejects } from '../expect.ts';
import { ended, nothingLeft, running } from '../observe.ts';

/** Point 11: remove(). */
export const removeClauses: readonly Clause[] = [
  clause({
    id: 'remove.is-idempotent',
    contract: 11,
    title: 'remove() of a removed daemon resolves',
    logs: false,
    async run(context) {
      const handle = await context.spawn(['park']);
      await context.adapter.stop(handle);
      await context.adapter.remove(handle);
      await context.adapter.remove(handle);
      await (await context.client()).remove(handle, { force: true });
      await nothingLeft(context, handle.name);
    },
  }),
  clause({
    id: 'remove.refuses-running',
    contract: 11,
    title: 'remove() of a running daemon is refused and leaves it running',
    logs: false,
    async run(context) {
      const handle = await context.spawn(['park']);
      const pid = await running(context, handle);
      const wanted = { code: 'StatusFailed', reason: 'engine-error' } as const;
      await rejects(context.adapter.remove(handle), wanted, 'remove of a running daemon');
      equal(await running(context, handle), pid, 'PID afterwards');
    },
  }),
  clause({
    id: 'remove.force-stops-first',
    contract: 11,
    title: 'remove() with force ends a running daemon and forgets it',
    logs: false,
    async run(context) {
      const handle = await context.spawn(['park']);
      await context.adapter.remove(handle, { force: true });
      await nothingLeft(context, handle.name);
      await rejects(context.adapter.status(handle), { reason: 'not-found' }, 'status of a removed daemon');
    },
  }),
  clause({
    id: 'remove.keeps-later-daemon',
    contract: 11,
    title: 'remove() by an old handle does not touch the later daemon of the same name',
    logs: false,
    async run(context) {
      const first = await context.spawn(['exit', '0']);
      await ended(context, first);
      const second = await context.spawn(['park'], { name: first.name });
      await context.adapter.remove(first, { force: true }).catch(() => {});
      await context.adapter.stop(first).catch(() => {});
      await running(context, second);
    },
  }),
];
