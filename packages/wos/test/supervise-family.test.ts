import { beforeAll, expect, it } from 'vitest';
import type { TraceDocument, WosClient } from '../src/protocol/index.ts';
import { TestDaemon, type Wanted } from './support/daemons.ts';
import { describeWithPrograms } from './support/programs.ts';
import { useWos } from './support/wosd.ts';

const makeWos = useWos();
const run = { capabilities: { spawn: true } };

describeWithPrograms('a daemon and what it starts', () => {
  const wos = makeWos();
  let client: WosClient;
  beforeAll(async () => {
    client = (await wos.start()).client;
  });
  const spawn = (name: string, commands: string[], wanted?: Wanted) =>
    TestDaemon.spawn(client, name, commands, { run, ...wanted });
  const processes = async () => (await client.request('info', {})).processes;

  it.each([
    [['fork', 'fork', 'graceful', 'say', 'up', 'park'], { code: 0 }],
    [['fork', 'fork', 'deaf', 'say', 'up', 'park'], { signal: 'SIGKILL' }],
  ])('end together: %j', async (commands, exit) => {
    const daemon = await spawn('family', commands);
    await daemon.says('up');
    const stats = await client.request('daemon.stats', daemon.key);
    expect(stats.pids).toBe(3);
    expect(stats.memoryBytes).toBeGreaterThan(3 * 65_536);
    expect(await daemon.stop(200)).toMatchObject({ state: 'stopped', exit });
    expect(await processes()).toBe(0);
    await daemon.remove();
  });

  it('the children of one that ends by itself, too', async () => {
    const daemon = await spawn('parent', ['fork', 'exit', '3']);
    expect(await daemon.wait()).toMatchObject({ reason: 'exit-code' });
    expect(await processes()).toBe(0);
  });

  it('are traced over restarts, until the daemon has ended', async () => {
    const restart = { policy: 'on-failure', delay: 50, maxRestarts: 2 } as const;
    const daemon = await spawn('traced', ['sleep', '100', 'say', 'now', 'exit', '3'], { restart });
    const pids = new Set<number>();
    const calls = new Set<string>();
    await client.request('daemon.trace', daemon.key, {
      onEvent: ({ events }: TraceDocument) => {
        for (const { pid, call } of events) {
          pids.add(pid);
          calls.add(call);
        }
      },
    });
    expect((await daemon.status()).state).toBe('failed');
    expect(pids.size).toBe(3);
    expect([...calls]).toEqual(expect.arrayContaining(['fd_write', 'proc_exit']));
    const ended = client.request('daemon.trace', daemon.key);
    await expect(ended).rejects.toMatchObject({ code: 'TracerFailed', reason: 'not-running' });
  });

  it('a trace that is given up leaves the daemon as it is', async () => {
    const daemon = await spawn('free', ['park']);
    const done = new AbortController();
    const traced = client.request('daemon.trace', daemon.key, { signal: done.signal });
    done.abort();
    expect(await traced).toEqual({});
    await client.request('daemon.trace', daemon.key, { signal: AbortSignal.timeout(50) });
    expect(await daemon.status()).toMatchObject({ state: 'running', restarts: 0 });
    await daemon.stop();
  });
});
