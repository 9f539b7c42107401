import { beforeAll, expect, it } from 'vitest';
import { Kernel, type TraceEvent } from '../src/kernel/index.ts';
import type { TraceDocument } from '../src/protocol/documents.ts';
import type { WosClient } from '../src/protocol/index.ts';
import { daemonParams, TestDaemon, type Wanted } from './support/daemons.ts';
import { until } from './support/kernel.ts';
import { describeWithPrograms, program } from './support/programs.ts';
import { useWos } from './support/wosd.ts';

const makeWos = useWos();
/** With which wasi-libc begins: it looks for directories. */
const firstCall = 'fd_prestat_get';

describeWithPrograms('the trace of a daemon', () => {
  const wos = makeWos();
  let client: WosClient;
  beforeAll(async () => {
    client = (await wos.start()).client;
  });
  const spawn = (name: string, commands: string[], wanted?: Wanted) =>
    TestDaemon.spawn(client, name, commands, wanted);

  /** Resolves when it is attached. `calls`: of each process, in their order. */
  async function trace(daemon: TestDaemon, tracer = client) {
    const calls = new Map<number, string[]>();
    const end = new AbortController();
    const attached = Promise.withResolvers<void>();
    const over = tracer.request('daemon.trace', daemon.key, {
      signal: end.signal,
      onEvent: ({ events }: TraceDocument) => {
        for (const { pid, call } of events) calls.set(pid, [...(calls.get(pid) ?? []), call]);
        attached.resolve();
      },
    });
    await Promise.race([attached.promise, over]);
    return { calls, end, over };
  }

  it('of a process that is spawned with a tracer begins with its first call, and can be ended', async () => {
    const kernel = await Kernel.boot({ threads: 1 });
    const spawnTraced = async (...commands: string[]) => {
      const calls: string[] = [];
      const sink = (events: readonly TraceEvent[]) => calls.push(...events.map(({ call }) => call));
      const options = { name: 'first', module: program('daemon'), args: ['daemon', ...commands] };
      return { calls, sink, pid: await kernel.spawn({ ...options, trace: sink }) };
    };
    const all = await spawnTraced('exit', '3');
    const some = await spawnTraced('sleep', '300', 'say', 'x', 'exit', '3');
    await until('it sleeps', () => kernel.status(some.pid).state === 'sleeping' && some.calls.length > 0);
    kernel.untrace(some.sink);
    await Promise.all([kernel.wait(all.pid), kernel.wait(some.pid)]);
    await kernel.shutdown();
    expect([all.calls[0], all.calls.at(-1)]).toEqual([firstCall, 'proc_exit']);
    expect(some.calls[0]).toBe(firstCall);
    expect(some.calls).not.toContain('fd_write');
    expect(some.calls).not.toContain('proc_exit');
  });

  it('has the first call of each run that its policy begins', async () => {
    const restart = { policy: 'on-failure', delay: 1, factor: 1, maxRestarts: 3 } as const;
    const daemon = await spawn('again', ['sleep', '400', 'exit', '3'], { restart });
    const { calls, over } = await trace(daemon);
    await over;
    expect(await daemon.status()).toMatchObject({ state: 'failed', reason: 'restart-limit', restarts: 3 });
    const [first, ...others] = [...calls.values()];
    // It was attached while the first run went on.
    expect(first?.at(-1)).toBe('proc_exit');
    expect(others).toHaveLength(3);
    for (const run of others) {
      expect(run[0]).toBe(firstCall);
      expect(run).toEqual(others[0]);
    }
  });

  it('that was attached between two runs has all of the next', async () => {
    const restart = { policy: 'on-failure', delay: 700, factor: 1, maxRestarts: 1 } as const;
    const daemon = await spawn('between', ['exit', '3'], { restart });
    await daemon.until(({ state, pid }) => state === 'starting' && pid === undefined);
    const { calls, over } = await trace(daemon);
    await over;
    expect([...calls.values()].map((run) => [run[0], run.at(-1)])).toEqual([[firstCall, 'proc_exit']]);
  });

  it.each(['shared', 'process'])(
    'goes on over restarts on request, and ends with the last instance (isolation %s)',
    async (isolation) => {
      const daemon = await spawn('asked', ['graceful', 'park'], { run: { isolation } });
      const { calls, over } = await trace(daemon);
      const next = '7b9f3f52-55a8-4f7e-9d55-0d6a60a7a011';
      const second = new TestDaemon(client, await client.request('daemon.restart', { ...daemon.key, next }));
      const { pid } = second.document;
      await until('its calls', () => calls.has(pid));
      expect(calls.get(pid)?.[0]).toBe(firstCall);
      await second.stop();
      await over;
    },
  );

  it('ends with a restart that does not succeed', async () => {
    const daemon = await spawn('fails', ['park']);
    const { over } = await trace(daemon);
    const { run } = daemonParams('fails', ['exit', '7']);
    const next = '7b9f3f52-55a8-4f7e-9d55-0d6a60a7a012';
    // The directory is not there: that is noticed when the process is made.
    const wrong = { ...run, capabilities: { preopens: [{ guest: '/x', host: '/not/there', write: false }] } };
    const restarting = client.request('daemon.restart', { ...daemon.key, next, run: wrong });
    await expect(restarting).rejects.toMatchObject({ code: 'SpawnFailed', reason: 'exec-failed' });
    await over;
    expect(await daemon.status()).toMatchObject({ state: 'stopped', exit: { signal: 'SIGTERM' } });
  });

  it('has all calls of what the daemon starts meanwhile, and of what it has started', async () => {
    const run = { capabilities: { spawn: true } };
    const restart = { policy: 'on-failure', delay: 1, maxRestarts: 1 } as const;
    const daemon = await spawn('family', ['fork', 'sleep', '500', 'fork', 'sleep', '100', 'exit', '3'], {
      run,
      restart,
    });
    const { calls, over } = await trace(daemon);
    await over;
    const pids = (await daemon.lines()).map((line) => Number(/^child (\d+)$/.exec(line)?.[1]));
    expect(pids).toHaveLength(4);
    const [, ...meanwhile] = pids;
    for (const pid of meanwhile) expect(calls.get(pid)?.[0]).toBe(firstCall);
  });

  it('is the only one; when it is over, another one may begin', async () => {
    const restart = { policy: 'on-failure', delay: 1 } as const;
    const run = { capabilities: { spawn: true } };
    const daemon = await spawn('one', ['fork', 'sleep', '600', 'exit', '3'], { restart, run });
    const { end, over } = await trace(daemon);
    await expect(trace(daemon)).rejects.toMatchObject({
      ...{ code: 'TracerFailed', reason: 'permission-denied', message: 'one is traced already' },
    });
    end.abort();
    await over.catch(() => undefined);
    // It is attached to the same run, and then to the next.
    const again = await trace(daemon);
    await until('the next run', () => [...again.calls.values()].some(([call]) => call === firstCall));
    expect((await daemon.status()).restarts).toBeGreaterThan(0);
    again.end.abort();
    await again.over.catch(() => undefined);
    await daemon.stop();
  });
});
