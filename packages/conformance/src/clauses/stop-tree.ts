import type { DaemonHandle } from '@duende/core';
import { type Clause, clause } from '../clause.ts';
import type { ClauseContext } from '../context.ts';
import { check, equal, show } from '../expect.ts';
import { alive, ended, line, nothingLeft, texts } from '../observe.ts';
import { until } from '../poll.ts';

/** The processes that `fork` named. None where a program cannot start others: there is nothing to prove then. */
async function tree(context: ClauseContext, handle: DaemonHandle): Promise<Record<string, number>> {
  const forked = await line(context, handle, /^forked \d+$/);
  if (forked === 'forked 0') return {};
  const kinds = ['child', 'grandchild', 'orphan'];
  const pids = await until('the PIDs of the tree', async () => {
    const lines = await texts(context.adapter, handle);
    const found = kinds.flatMap((kind) => {
      const text = lines.find((candidate) => candidate.startsWith(`${kind} `));
      return text ? [[kind, Number(text.slice(kind.length + 1))] as const] : [];
    });
    return found.length === kinds.length && Object.fromEntries(found);
  });
  equal(await alive(context, handle, Object.values(pids)), Object.values(pids), 'processes before the stop');
  return pids;
}

async function gone(
  context: ClauseContext,
  handle: DaemonHandle,
  pids: Record<string, number>,
): Promise<void> {
  let left: number[] = [];
  // KILL is delivered at once, but a process ends when it is next scheduled.
  await until('', async () => {
    left = await alive(context, handle, Object.values(pids));
    return left.length === 0;
  }).catch(() => {});
  const names = Object.keys(pids).filter((kind) => left.includes(pids[kind] ?? 0));
  check(left.length === 0, `expected the whole tree to be gone, ${show(names)} still run`);
}

const cases = [
  { kind: 'grandchildren', pids: ['child', 'grandchild'], title: 'children and grandchildren are gone' },
  {
    kind: 'double-forked',
    pids: ['orphan'],
    title: 'a process that left the session and its parent is gone',
  },
];

/** Point 10: nothing of the tree is left. */
export const stopTreeClauses: readonly Clause[] = [
  ...cases.map(({ kind, pids, title }) =>
    clause({
      id: `stop.kills-${kind}`,
      contract: 10,
      title: `after stop() ${title}`,
      async run(context) {
        const handle = await context.spawn(['fork', 'park']);
        const all = await tree(context, handle);
        await context.adapter.stop(handle);
        const wanted = Object.entries(all).filter(([name]) => pids.includes(name));
        await gone(context, handle, Object.fromEntries(wanted));
      },
    }),
  ),
  clause({
    id: 'stop.kills-stubborn-tree',
    contract: 10,
    title: 'a tree that ignores TERM is gone after the timeout',
    async run(context) {
      const handle = await context.spawn(['ignore', 'TERM', 'fork', 'park']);
      const all = await tree(context, handle);
      equal((await context.adapter.stop(handle, { timeout: 400 })).state, 'stopped', 'state');
      await gone(context, handle, all);
    },
  }),
  clause({
    id: 'stop.kills-tree-of-graceful-daemon',
    contract: 10,
    title: 'when the daemon itself ends on TERM, what it started and left behind is killed',
    async run(context) {
      const handle = await context.spawn(['ignore', 'TERM', 'fork', 'graceful']);
      const all = await tree(context, handle);
      await line(context, handle, 'ready');
      const status = await context.adapter.stop(handle, { timeout: 1000 });
      equal(status.state === 'stopped' && status.exit, { code: 0 }, 'exit');
      await gone(context, handle, all);
    },
  }),
  clause({
    id: 'stop.kills-tree-of-dead-daemon',
    contract: 10,
    title: 'after the daemon was killed, stop() and remove() leave nothing of what it had started',
    needs: (can) => [['signal KILL', can.signals.KILL]],
    async run(context) {
      const handle = await context.spawn(['fork', 'park']);
      const all = await tree(context, handle);
      await context.adapter.signal(handle, 'KILL');
      await ended(context, handle);
      await context.adapter.stop(handle);
      await context.adapter.remove(handle);
      await gone(context, handle, all);
    },
  }),
  clause({
    id: 'stop.force-remove-kills-tree',
    contract: 10,
    title: 'remove() with force leaves nothing of the tree',
    async run(context) {
      const handle = await context.spawn(['ignore', 'TERM', 'fork', 'park'], { stopTimeout: 300 });
      const all = await tree(context, handle);
      await context.adapter.remove(handle, { force: true });
      await gone(context, handle, all);
    },
  }),
  clause({
    id: 'stop.leaves-nothing',
    contract: 10,
    title: 'after stop() and remove() no process, mount, socket or file is left',
    async run(context) {
      const handle = await context.spawn(['say', 'hello', 'fork', 'park']);
      await tree(context, handle);
      await context.adapter.stop(handle);
      await context.adapter.remove(handle);
      await nothingLeft(context, handle.name);
    },
  }),
];
