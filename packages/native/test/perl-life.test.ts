import { rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, describe, expect, test } from 'vitest';
import { pageOf } from './harness.ts';
import { inState, linesOf, makeAdapter, perlKinds, runs, until } from './perl-helpers.ts';

const isRoot = process.getuid?.() === 0;
const sh = (script: string) => ({ program: '/bin/sh', args: ['-c', script] });

describe.each(perlKinds)('life under the supervisor %s', (kind) => {
  const { adapter, stateDirectory, cleanup } = makeAdapter(kind);
  afterAll(cleanup);

  test.each([
    ['exit 0', { state: 'stopped', exit: { code: 0 } }],
    ['exit 3', { state: 'failed', reason: 'exit-code', exit: { code: 3 } }],
    ['kill -SEGV $$', { state: 'failed', reason: 'signal', exit: { signal: 'SIGSEGV' } }],
    ['kill -INT $$', { state: 'stopped', exit: { signal: 'SIGINT' } }],
    ['kill -KILL $$', { state: 'failed', reason: 'signal', exit: { signal: 'SIGKILL' } }],
  ])('%s is told as it was', async (script, expected) => {
    const handle = await adapter.spawn({ name: 'end', ...sh(script) });
    expect(await adapter.wait(handle)).toMatchObject(expected);
    await adapter.remove(handle);
  });

  test('restarts with a growing delay up to the limit, then fails', async () => {
    const handle = await adapter.spawn({
      name: 'crash',
      ...sh('date +%s%3N; exit 7'),
      restart: { policy: 'on-failure', delay: 100, factor: 3, maxDelay: 500, maxRestarts: 4 },
    });
    const status = await adapter.wait(handle);
    expect(status).toMatchObject({
      state: 'failed',
      reason: 'restart-limit',
      restarts: 4,
      exit: { code: 7 },
    });
    const times = (await linesOf(adapter, handle)).map(Number);
    expect(times.length).toBe(5);
    const gaps = times.slice(1).map((time, index) => time - (times[index] as number));
    for (const [index, least] of [100, 300, 500, 500].entries()) {
      expect(gaps[index]).toBeGreaterThanOrEqual(least - 5);
      expect(gaps[index]).toBeLessThan(least + 2000);
    }
    await adapter.remove(handle);
  });

  test('a clean end is no reason for on-failure to restart, but for always', async () => {
    const once = await adapter.spawn({ name: 'once', ...sh('exit 0'), restart: 'on-failure' });
    expect(await adapter.wait(once)).toMatchObject({ state: 'stopped', restarts: 0 });
    const again = await adapter.spawn({
      name: 'again',
      ...sh('sleep 0.05'),
      restart: { policy: 'always', delay: 10 },
    });
    await until('it was restarted', async () => (await adapter.status(again)).restarts >= 2);
    expect(await adapter.stop(again)).toMatchObject({ state: 'stopped' });
    await delay(300);
    expect((await adapter.status(again)).state).toBe('stopped');
    for (const handle of [once, again]) await adapter.remove(handle);
  });

  test('stop kills a stubborn tree: children, one in a session of its own, one orphaned', async () => {
    const sleeper = (letter: string) =>
      `sh -c 'trap "" TERM; echo ${letter} $$; while :; do sleep 0.05; done'`;
    const script = `trap "" TERM; ${sleeper('child')} & setsid ${sleeper('session')} & (setsid ${sleeper('orphan')} &); while :; do sleep 0.05; done`;
    const handle = await adapter.spawn({ name: 'tree', ...sh(script) });
    await until('all have begun', async () => (await linesOf(adapter, handle)).length === 3);
    const pids = (await linesOf(adapter, handle)).map((line) => Number(line.split(' ')[1]));
    for (const pid of pids) expect(runs(pid)).toBe(true);
    const begin = performance.now();
    expect(await adapter.stop(handle, { timeout: 300 })).toMatchObject({
      state: 'stopped',
      exit: { signal: 'SIGKILL' },
    });
    expect(performance.now() - begin).toBeGreaterThanOrEqual(290);
    for (const pid of pids) expect(runs(pid)).toBe(false);
    await adapter.remove(handle);
  });

  test('what a daemon leaves behind when it ends by itself goes with it', async () => {
    const handle = await adapter.spawn({
      name: 'leaves',
      ...sh('(setsid sleep 601 &) ; sleep 602 & echo $!; sleep 0.2'),
    });
    await adapter.wait(handle);
    expect(runs(Number((await linesOf(adapter, handle))[0]))).toBe(false);
    await adapter.remove(handle);
  });

  test('a paused daemon is paused with its children, goes on, and can be stopped while paused', async () => {
    const handle = await adapter.spawn({
      name: 'pause',
      ...sh('sh -c "while :; do sleep 0.02; echo x; done"'),
    });
    await until('it writes', async () => (await linesOf(adapter, handle)).length > 0);
    await adapter.signal(handle, 'STOP');
    expect((await adapter.status(handle)).state).toBe('paused');
    await delay(100);
    const count = (await linesOf(adapter, handle)).length;
    await delay(200);
    expect((await linesOf(adapter, handle)).length).toBe(count);
    await adapter.signal(handle, 'CONT');
    expect((await adapter.status(handle)).state).toBe('running');
    await until('it goes on', async () => (await linesOf(adapter, handle)).length > count);
    await adapter.signal(handle, 'STOP');
    expect(await adapter.stop(handle, { timeout: 5000 })).toMatchObject({
      state: 'stopped',
      exit: { signal: 'SIGTERM' },
    });
    await adapter.remove(handle);
  });

  test('readiness by the pipe; its status text is shown', async () => {
    const script = 'sleep 0.2; printf "STATUS=warm\\nREADY=1\\n" >&"$DUENDE_NOTIFY_FD"; exec sleep 600';
    const handle = await adapter.spawn({ name: 'pipe', ...sh(script), readiness: 'notify' });
    expect(await adapter.status(handle)).toMatchObject({ state: 'running', message: 'warm' });
    await adapter.remove(handle, { force: true });
  });

  const notify = (prelude: string) =>
    `${prelude}use Socket; socket S, AF_UNIX, SOCK_DGRAM, 0 or die $!; my $to = $ENV{NOTIFY_SOCKET}; $to =~ s/^@/\\0/; send S, "READY=1", 0, pack_sockaddr_un($to) or die $!; sleep 600`;

  test('readiness by NOTIFY_SOCKET', async () => {
    const handle = await adapter.spawn({
      name: 'socket',
      program: '/usr/bin/perl',
      args: ['-e', notify('')],
      readiness: 'notify',
      startTimeout: 5000,
    });
    expect((await adapter.status(handle)).state).toBe('running');
    await adapter.remove(handle, { force: true });
  });

  if (isRoot)
    test('another user is not believed to be ready', async () => {
      const spawned = adapter.spawn({
        name: 'liar',
        program: '/usr/bin/perl',
        args: ['-e', notify('$< = $> = 65534; ')],
        readiness: 'notify',
        startTimeout: 700,
      });
      await expect(spawned).rejects.toMatchObject({ code: 'SpawnFailed' });
      expect(await adapter.find('liar')).toBeUndefined();
    });

  test('not ready in time: told with its last line, and nothing is left', async () => {
    const late = adapter.spawn({
      name: 'late',
      ...sh('echo waiting; sleep 600'),
      readiness: 'notify',
      startTimeout: 300,
    });
    await expect(late).rejects.toMatchObject({ code: 'SpawnFailed', reason: 'timeout' });
    await expect(late).rejects.toThrow(/its last line was: waiting/);
    const early = adapter.spawn({ name: 'late', ...sh('echo no luck; exit 4'), readiness: 'notify' });
    await expect(early).rejects.toThrow(/exited with code 4 before it was ready; its last line was: no luck/);
    expect(await adapter.list()).toEqual([]);
  });

  describe('health', () => {
    const timing = { interval: 30, timeout: 1000, retries: 2 } as const;

    test('of a command', async () => {
      const file = join(stateDirectory, 'sick');
      const handle = await adapter.spawn({
        name: 'command',
        ...sh('echo run; exec sleep 600'),
        health: { type: 'command', command: ['/bin/sh', '-c', `test ! -e "${file}"`], ...timing },
        restart: { policy: 'on-failure', delay: 10 },
      });
      await until('it is healthy', async () => (await adapter.status(handle)).health === 'healthy');
      await adapter.spawn({ name: 'touch', program: '/bin/touch', args: [file] });
      await until('it is restarted', async () => (await adapter.status(handle)).restarts > 0);
      rmSync(file, { force: true });
      await until('it is healthy again', async () => (await adapter.status(handle)).health === 'healthy');
      await adapter.remove(handle, { force: true });
    });

    async function listen(server: Server): Promise<number> {
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      return (server.address() as AddressInfo).port;
    }

    test('by HTTP and TCP', async () => {
      let code = 204;
      const server = createServer((_, response) => response.writeHead(code).end());
      const port = await listen(server);
      const sleeper = sh('exec sleep 600');
      const http = await adapter.spawn({
        name: 'http',
        ...sleeper,
        health: { type: 'http', url: `http://127.0.0.1:${port}/health?x=1`, ...timing },
      });
      const tcp = await adapter.spawn({ name: 'tcp', ...sleeper, health: { type: 'tcp', port, ...timing } });
      for (const handle of [http, tcp])
        await until(
          `${handle.name} is healthy`,
          async () => (await adapter.status(handle)).health === 'healthy',
        );
      code = 503;
      expect(await adapter.wait(http)).toMatchObject({ state: 'failed', reason: 'watchdog' });
      expect((await adapter.status(tcp)).state).toBe('running');
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      expect(await adapter.wait(tcp)).toMatchObject({ state: 'failed', reason: 'watchdog' });
      for (const handle of [http, tcp]) await adapter.remove(handle);
    });
  });

  test('a killed supervisor: the daemon runs on, is said to be unsupervised, and can be stopped', async () => {
    const handle = await adapter.spawn({ name: 'alone', ...sh('while :; do echo x; sleep 0.02; done') });
    const { supervisor, main, guardian } = pageOf(stateDirectory, 'alone');
    expect(guardian.pid).toBe(0);
    process.kill(supervisor.pid, 'SIGKILL');
    await until('it is unsupervised', async () =>
      (await adapter.status(handle)).message?.includes('nothing supervises it'),
    );
    await delay(200);
    expect(await adapter.status(handle)).toMatchObject({ state: 'running', pid: main.pid });
    await expect(adapter.spawn({ name: 'alone', ...sh('true') })).rejects.toMatchObject({
      reason: 'already-exists',
    });
    expect(await adapter.stop(handle)).toMatchObject({ state: 'failed', reason: 'lost' });
    await adapter.remove(handle);
  });

  test('TERM to the supervisor itself stops its daemon', async () => {
    const handle = await adapter.spawn({ name: 'term', ...sh('exec sleep 600') });
    process.kill(pageOf(stateDirectory, 'term').supervisor.pid, 'SIGTERM');
    await inState(adapter, handle, 'stopped');
    await adapter.remove(handle);
  });
});
