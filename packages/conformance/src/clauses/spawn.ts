import type { DaemonHandle } from '@duende/core';
import { type Clause, clause } from '../clause.ts';
import { check, equal, rejects, show } from '../expect.ts';
import { ended, inState, line, nothingLeft, running } from '../observe.ts';

/** Points 1 and 2: what spawn() promises when it resolves, and about names. */
export const spawnClauses: readonly Clause[] = [
  clause({
    id: 'spawn.executes-program',
    contract: 1,
    title: 'spawn() resolves with a handle of a daemon that runs',
    async run(context) {
      const before = Date.now();
      const handle = await context.spawn(['run', 'park']);
      const pid = await running(context, handle);
      const status = await context.adapter.status(handle);
      check(status.state === 'running' && status.pid === pid, `expected one PID, got ${show(status)}`);
      const started = Date.parse(status.startedAt);
      // An hour: the platform's clock may be another machine's.
      check(Math.abs(started - before) < 3_600_000, `startedAt: expected about now, got ${status.startedAt}`);
      equal(status.restarts, 0, 'restarts of a new daemon');
      await line(context, handle, /^run \d+ \d+$/);
    },
  }),
  clause({
    id: 'spawn.handle-is-json',
    contract: 1,
    title: 'the handle names the daemon and the platform, and is plain JSON',
    async run(context) {
      const spec = await context.define(['park']);
      const handle = await context.adapter.spawn(spec);
      equal(handle.version, 1, 'handle.version');
      equal(handle.name, spec.name, 'handle.name');
      equal(handle.platform, context.adapter.platform, 'handle.platform');
      check(handle.id.length > 0, 'expected handle.id to say something');
      equal(JSON.parse(JSON.stringify(handle)), handle, 'the handle after JSON');
    },
  }),
  clause({
    id: 'spawn.short-lived-program',
    contract: 1,
    title: 'a program that ends at once was executed: spawn() resolves',
    async run(context) {
      const handle = await context.spawn(['say', 'hello', 'exit', '0']);
      equal((await ended(context, handle)).state, 'stopped', 'state');
      await line(context, handle, 'hello');
    },
  }),
  clause({
    id: 'spawn.refuses-live-name',
    contract: 2,
    title: 'a second spawn of a live name is refused and leaves the first alone',
    async run(context) {
      const spec = await context.define(['run', 'park']);
      const first = await context.adapter.spawn(spec);
      const pid = await running(context, first);
      const taken = { code: 'SpawnFailed', reason: 'already-exists' } as const;
      await rejects(context.adapter.spawn(spec), taken, 'spawn of a live name');
      const other = await context.client();
      await rejects(other.spawn(spec), taken, 'spawn by another client');
      equal(await running(context, first), pid, 'PID of the first');
      equal((await context.adapter.status(first)).restarts, 0, 'restarts of the first');
      equal((await context.adapter.find(first.name))?.id, first.id, 'id that find() gives');
    },
  }),
  clause({
    id: 'spawn.refuses-paused-name',
    contract: 2,
    title: 'a paused daemon is live: its name is taken',
    needs: (can) => [['signal STOP', can.signals.STOP]],
    async run(context) {
      const spec = await context.define(['park']);
      const first = await context.adapter.spawn(spec);
      await context.adapter.signal(first, 'STOP');
      await inState(context, first, ['paused']);
      const taken = { code: 'SpawnFailed', reason: 'already-exists' } as const;
      await rejects(context.adapter.spawn(spec), taken, 'spawn of a paused name');
    },
  }),
  clause({
    id: 'spawn.one-of-two-wins',
    contract: 2,
    title: 'of two concurrent spawns of one name exactly one wins',
    async run(context) {
      const second = await context.client();
      for (let round = 0; round < 5; round++) {
        const spec = await context.define(['run', 'park']);
        const results = await Promise.allSettled([context.adapter.spawn(spec), second.spawn(spec)]);
        const won = results.filter((result) => result.status === 'fulfilled');
        equal(won.length, 1, `spawns that won in round ${round}`);
        const lost = results.find((result) => result.status === 'rejected');
        const taken = { code: 'SpawnFailed', reason: 'already-exists' } as const;
        await rejects(Promise.reject(lost?.reason), taken, 'the spawn that lost');
        const winner = won[0]?.value as DaemonHandle;
        await running(context, winner);
        equal((await context.adapter.find(spec.name))?.id, winner.id, 'id that find() gives');
        await context.adapter.remove(winner, { force: true });
      }
    },
  }),
  clause({
    id: 'spawn.one-of-four-processes-wins',
    contract: 2,
    title: 'of concurrent spawns of one name by several processes exactly one wins',
    async run(context) {
      const spec = await context.define(['park']);
      const spawns = Array.from({ length: 4 }, () =>
        context.elsewhere([{ method: 'spawn', args: [spec] }]).then(
          () => 'won',
          (error: { reason?: string; message: string }) => error.reason ?? error.message,
        ),
      );
      const outcomes = (await Promise.all(spawns)).sort();
      equal(outcomes, ['already-exists', 'already-exists', 'already-exists', 'won'], 'outcomes');
    },
  }),
  clause({
    id: 'spawn.reuses-ended-name',
    contract: 2,
    title: 'the name of an ended daemon can be used again, and the old handle is not found',
    async run(context) {
      const first = await context.spawn(['exit', '0']);
      await ended(context, first);
      const second = await context.spawn(['park'], { name: first.name });
      check(second.id !== first.id, 'expected another id for another spawn');
      await running(context, second);
      await rejects(context.adapter.status(first), { reason: 'not-found' }, 'status of the replaced handle');
    },
  }),
  clause({
    id: 'spawn.remove-frees-name',
    contract: 2,
    title: 'after remove() nothing is left and the name is free',
    async run(context) {
      const first = await context.spawn(['park']);
      await context.adapter.stop(first);
      await context.adapter.remove(first);
      await nothingLeft(context, first.name);
      await running(context, await context.spawn(['park'], { name: first.name }));
    },
  }),
];
