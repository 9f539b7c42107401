import type { DaemonStatus } from '@duende/core';
import { type Clause, clause } from '../clause.ts';
import type { ClauseContext } from '../context.ts';
import { check, equal, rejects, show } from '../expect.ts';
import { ended, inState, line } from '../observe.ts';
import { until } from '../poll.ts';

interface Ending {
  readonly id: string;
  readonly title: string;
  readonly commands: readonly string[];
  readonly state: 'stopped' | 'failed';
  readonly reason?: string;
  /** `undefined`: any. */
  readonly exit?: { readonly code: number } | { readonly signal: string };
}

const endings: readonly Ending[] = [
  {
    id: 'exit-zero',
    title: 'exit 0 is stopped',
    commands: ['exit', '0'],
    state: 'stopped',
    exit: { code: 0 },
  },
  {
    id: 'exit-three',
    title: 'exit 3 is failed, exit-code, 3',
    commands: ['exit', '3'],
    state: 'failed',
    reason: 'exit-code',
    exit: { code: 3 },
  },
  {
    id: 'exit-255',
    title: 'exit 255 is failed, exit-code, 255',
    commands: ['exit', '255'],
    state: 'failed',
    reason: 'exit-code',
    exit: { code: 255 },
  },
  {
    id: 'exit-137',
    title: 'exit 137 is an exit code, not a signal',
    commands: ['exit', '137'],
    state: 'failed',
    reason: 'exit-code',
    exit: { code: 137 },
  },
  {
    id: 'segmentation-fault',
    title: 'SIGSEGV is failed, signal, SIGSEGV',
    commands: ['signal-self', 'SEGV'],
    state: 'failed',
    reason: 'signal',
    exit: { signal: 'SIGSEGV' },
  },
];

function expectEnding(status: DaemonStatus, ending: Ending, what: string): void {
  const { state, reason, exit } = ending;
  equal(status.state, state, `${what}: state (${show(status)})`);
  if (reason !== undefined)
    equal(status.state === 'failed' && status.reason, reason, `${what}: reason (${show(status)})`);
  if (exit === undefined) return;
  const got = status.state === 'stopped' || status.state === 'failed' ? status.exit : undefined;
  const plain = got && ('code' in got ? { code: got.code } : { signal: got.signal });
  equal(plain, exit, `${what}: exit`);
}

/** Asked in every way: by wait, by status, twice, by another client. */
async function expectEverywhere(context: ClauseContext, ending: Ending): Promise<void> {
  const handle = await context.spawn(ending.commands);
  expectEnding(await ended(context, handle), ending, 'wait()');
  expectEnding(await context.adapter.status(handle), ending, 'status()');
  expectEnding(await ended(context, handle), ending, 'wait() again');
  const other = await context.client();
  expectEnding(await other.status(handle), ending, 'status() of another client');
  expectEnding(await other.status(handle), ending, 'status() of another client, again');
}

/** Point 8: how a daemon ended, known to whoever asks whenever they ask. */
export const statusClauses: readonly Clause[] = [
  ...endings.map((ending) =>
    clause({
      id: `status.${ending.id}`,
      contract: 8,
      title: `${ending.title}, also when asked twice`,
      logs: false,
      run: (context) => expectEverywhere(context, ending),
    }),
  ),
  clause({
    id: 'status.known-when-nobody-watched',
    contract: 8,
    title: 'the exit is known when the process that spawned the daemon had gone before it ended',
    async run(context) {
      const spec = await context.define(['sleep', '600', 'exit', '3']);
      await context.elsewhere([{ method: 'spawn', args: [spec] }]);
      const found = await context.adapter.find(spec.name);
      check(found !== undefined, 'find() does not know a daemon that another process spawned');
      const status = await inState(context, found, ['stopped', 'failed']);
      expectEnding(status, endings[1] as Ending, 'status()');
    },
  }),
  clause({
    id: 'status.oom',
    contract: 8,
    title: 'over the memory limit is failed, oom',
    exclusive: true,
    needs: (can) => [['resources.memoryMax', can.resources.memoryMax]],
    async run(context) {
      const noSwap = context.capabilities.resources.memorySwapMax.supported ? { memorySwapMax: 0 } : {};
      const resources = { memoryMax: '64M', ...noSwap };
      const handle = await context.spawn(['allocate', String(512 * 2 ** 20), 'park'], { resources });
      const oom: Ending = { id: '', title: '', commands: [], state: 'failed', reason: 'oom' };
      expectEnding(await ended(context, handle), oom, 'wait()');
      expectEnding(await (await context.client()).status(handle), oom, 'status() of another client');
    },
  }),
  clause({
    id: 'status.times',
    contract: 8,
    title: 'startedAt and finishedAt are the times of the run',
    async run(context) {
      const handle = await context.spawn(['run', 'sleep', '500', 'exit', '0']);
      const status = await ended(context, handle);
      check(status.state === 'stopped', `expected stopped, got ${show(status)}`);
      const ran = Date.parse(status.finishedAt ?? '') - Date.parse(status.startedAt ?? '');
      check(ran >= 450 && ran < 5000, `expected a run of about 500 ms, got ${ran} (${show(status)})`);
    },
  }),
  clause({
    id: 'status.unknown-is-not-found',
    contract: 8,
    title: 'status of a daemon that never was is StatusFailed, not-found',
    logs: false,
    async run(context) {
      const handle = await context.spawn(['park']);
      const unknown = { ...handle, name: context.name(), id: `${handle.id}-unknown` };
      const wanted = { code: 'StatusFailed', reason: 'not-found' } as const;
      await rejects(context.adapter.status(unknown), wanted, 'status of an unknown daemon');
      await rejects(context.adapter.wait(unknown), { reason: 'not-found' }, 'wait for an unknown daemon');
    },
  }),
  clause({
    id: 'status.is-current',
    contract: 8,
    title: 'status() shows an exit at once, also in a client that asked before',
    async run(context) {
      const handle = await context.spawn(['graceful']);
      await line(context, handle, 'ready');
      const other = await context.client();
      equal((await other.status(handle)).state, 'running', 'state');
      await context.adapter.stop(handle);
      const status = await until('the other client sees the end', async () => {
        const now = await other.status(handle);
        return now.state !== 'running' && now.state !== 'stopping' && now;
      });
      equal(status.state, 'stopped', 'state');
    },
  }),
];
