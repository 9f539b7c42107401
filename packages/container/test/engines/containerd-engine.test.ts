import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { arch, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Connection } from '../../src/containerd/connection.ts';
import { ContainerdEngine } from '../../src/containerd/containerd-engine.ts';
import type { ContainerPlan, ContainerState } from '../../src/engine/engine.ts';
import { imageArchive, stream, tarFile } from './containerd-archive.ts';
import { remains } from './containerd-remains.ts';
import { killAndRestartEngine } from './engines.ts';

interface TestEngine {
  readonly address: string;
  readonly storage?: string;
  readonly control?: string;
}

const { containerd } = JSON.parse(process.env.DUENDE_TEST_ENGINES || '{}') as { containerd?: TestEngine };
const address = containerd?.address ?? '';
const snapshotter = containerd?.storage ?? 'overlayfs';
const namespace = `duende-test-${process.pid}`;
const image = 'duende.local/probe:1';
const init = fileURLToPath(new URL(`../../prebuilt/linux-${arch()}/duende-init`, import.meta.url));
// It says that there is no state on its input; an older one does not know the word.
const hasLoopback = containerd && spawnSync(init, ['loopback'], { input: '' }).status === 1;

const plan = (name: string, words: readonly string[], more: Partial<ContainerPlan> = {}): ContainerPlan => ({
  name,
  image,
  labels: { 'duende.test': name },
  argv: ['/probe', ...words],
  env: {},
  mounts: [],
  tmpfs: [],
  readOnlyRoot: false,
  network: 'none',
  ports: [],
  noNewPrivileges: true,
  limits: {},
  stopSignal: 'SIGTERM',
  stopTimeoutMs: 1000,
  log: { maxSize: 1 << 20, files: 1 },
  restart: 'no',
  ...more,
});

describe('ContainerdEngine', () => {
  const engine = new ContainerdEngine({ address, namespace, ...(hasLoopback && { init }) });
  const made = new Set<string>();

  const create = async (name: string, words: readonly string[], more: Partial<ContainerPlan> = {}) => {
    made.add(name);
    return await engine.create(plan(name, words, more));
  };
  const until = async (id: string, state: ContainerState['state']): Promise<ContainerState> => {
    for (const end = Date.now() + 10_000; ; await sleep(10)) {
      const found = await engine.inspect(id);
      if (found?.state === state) return found;
      if (Date.now() > end) throw new Error(`${id} is ${found?.state}, not ${state}`);
    }
  };
  const refusal = (work: Promise<unknown>): Promise<unknown> =>
    work.then(
      () => 'no error',
      ({ kind }) => kind,
    );

  beforeAll(async () => {
    await engine.loadImage(stream(imageArchive()), image);
  });

  afterEach(async () => {
    for (const name of made) await engine.remove(name);
    made.clear();
  });

  afterAll(async () => {
    await engine.removeImage(image);
    engine.close();
  });

  it('tells about itself', async () => {
    const info = await engine.info();
    expect(info).toMatchObject({ runtime: 'containerd', rootless: false });
    expect(info.title).toMatch(/^containerd \d+\.\d+\.\d+$/);
  });

  it('loads an image twice, finds it, and leaves neither leases nor half-written blobs', async () => {
    const before = await remains(address, namespace, snapshotter);
    await engine.loadImage(stream(imageArchive()), image);
    expect(await engine.findImage(image)).toBe(true);
    expect(await engine.findImage('duende.local/other:1')).toBe(false);
    expect(await remains(address, namespace, snapshotter)).toEqual(before);
    expect(before).toMatchObject({ blobs: 4, writes: 0, leases: 0 });
  });

  it('replaces the image of a name, and removes it with its layers', async () => {
    const name = 'duende.local/large:1';
    await engine.loadImage(stream(imageArchive(1 << 20)), name);
    await engine.loadImage(stream(imageArchive(3 << 20)), name);
    await engine.removeImage(name);
    await engine.removeImage(name);
    expect(await engine.findImage(name)).toBe(false);
    expect(await remains(address, namespace, snapshotter)).toMatchObject({ blobs: 4, leases: 0, writes: 0 });
  });

  it.each([
    ['no tar', Buffer.alloc(4096, 'x')],
    ['an end in the middle', imageArchive().subarray(0, 5000)],
    ['no manifest', Buffer.concat([tarFile('config.json', Buffer.from('{}')), Buffer.alloc(1024)])],
  ])('refuses an archive that is %s', async (_title, archive) => {
    expect(await refusal(engine.loadImage(stream(archive), 'duende.local/broken:1'))).toBe('invalid');
    expect(await remains(address, namespace, snapshotter)).toMatchObject({ writes: 0, leases: 0 });
  });

  it('creates, starts, kills, starts again and removes a container, leaving nothing', async () => {
    const before = await remains(address, namespace, snapshotter);
    const id = await create('once', ['graceful']);
    expect(await engine.inspect(id)).toMatchObject({ state: 'created', pid: 0, startedAt: '', image });
    await engine.start(id);
    const running = (await engine.inspect(id)) as ContainerState;
    expect(running.state).toBe('running');
    expect(readFileSync(`/proc/${running.pid}/cmdline`, 'utf8')).toBe('/probe\0graceful\0');
    await engine.start(id);
    expect((await engine.inspect(id))?.pid).toBe(running.pid);
    await sleep(200);
    await engine.kill(id, 'SIGTERM');
    const ended = await until(id, 'exited');
    expect(ended).toMatchObject({ exitCode: 0, pid: 0, oomKilled: false });
    expect(Date.parse(ended.finishedAt)).toBeGreaterThanOrEqual(Date.parse(ended.startedAt));
    expect(await refusal(engine.kill(id, 'SIGTERM'))).toBe('not-running');
    await engine.start(id);
    const again = await until(id, 'running');
    expect(again.pid).not.toBe(running.pid);
    await engine.remove(id);
    expect(existsSync(`/proc/${again.pid}`)).toBe(false);
    expect(await engine.inspect(id)).toBeUndefined();
    await engine.remove(id);
    expect(await remains(address, namespace, snapshotter)).toEqual(before);
  });

  it('tells the exit code of a program, and of one that a signal ended', async () => {
    await engine.start(await create('code', ['exit', '7']));
    expect(await until('code', 'exited')).toMatchObject({ exitCode: 7 });
    await engine.start(await create('killed', ['park']));
    await engine.kill('killed', 'SIGKILL');
    expect(await until('killed', 'exited')).toMatchObject({ exitCode: 137 });
  });

  it('says why a program cannot be started, and that nobody started it', async () => {
    const id = await create('nothing', [], { argv: ['/nothing'] });
    await expect(engine.start(id)).rejects.toThrow(/\/nothing.*no such file/);
    expect(await engine.inspect(id)).toMatchObject({ state: 'created', startedAt: '' });
  });

  it('pauses, and removes what is paused', async () => {
    const id = await create('paused', ['park']);
    await engine.start(id);
    await engine.pause(id);
    expect((await engine.inspect(id))?.state).toBe('paused');
    await engine.unpause(id);
    expect((await engine.inspect(id))?.state).toBe('running');
    await engine.pause(id);
    const begun = Date.now();
    await engine.remove(id);
    expect(Date.now() - begun).toBeLessThan(5000);
  });

  it('refuses a name that is taken, an image and a container that are not there, and what it cannot do', async () => {
    await create('taken', ['park']);
    expect(await refusal(create('taken', ['park']))).toBe('conflict');
    expect(await refusal(create('other', ['park'], { image: 'duende.local/none:1' }))).toBe('no-image');
    expect(await refusal(create('other', ['park'], { network: 'bridge' }))).toBe('invalid');
    expect(await refusal(create('other', ['park'], { user: 'nobody' }))).toBe('invalid');
    expect(await refusal(engine.pullImage('redis:7'))).toBe('invalid');
    expect(await refusal(engine.kill('none', 'SIGTERM'))).toBe('not-found');
    expect(await refusal(engine.start('none'))).toBe('not-found');
    expect(await refusal(engine.kill('taken', 'SIGTERM'))).toBe('not-running');
    expect(await refusal(engine.stats('taken'))).toBe('not-running');
    expect(await engine.inspect('other')).toBeUndefined();
  });

  it('says that nobody is there', async () => {
    const absent = new ContainerdEngine({ address: 'unix:///nonexistent/containerd.sock' });
    expect(await refusal(absent.info())).toBe('unreachable');
    absent.close();
  });

  it('takes names that are no ids of containerd, and long labels', async () => {
    const name = 'odd--name-';
    const long = 'x'.repeat(9000);
    await create(name, ['park'], { labels: { 'duende.test': 'quote " and \\', long } });
    const [found] = await engine.list({ 'duende.test': 'quote " and \\' });
    expect(found).toMatchObject({ name, labels: { 'duende.test': 'quote " and \\', long } });
    expect(await engine.list({ long })).toHaveLength(1);
    expect(await engine.list({ long: 'y'.repeat(9000) })).toHaveLength(0);
    expect((await engine.inspect(name))?.id).toBe(found?.id);
  });

  it('tells what happens to a container, and to no other', async () => {
    const id = await create('watched', ['park']);
    let news = 0;
    let others = 0;
    const stops = [
      engine.watch(id, () => {
        news += 1;
      }),
      engine.watch('unwatched', () => {
        others += 1;
      }),
    ];
    await engine.watching();
    await engine.start(id);
    await expect.poll(() => news).toBeGreaterThan(0);
    const started = news;
    await engine.kill(id, 'SIGKILL');
    await expect.poll(() => news).toBeGreaterThan(started);
    expect((await engine.inspect(id))?.state).toBe('exited');
    expect(others).toBe(0);
    for (const stop of stops) stop();
  });

  it('enforces limits', async () => {
    const limits = { memory: 64 << 20, cpus: 0.5, cpuWeight: 200, pids: 20, openFiles: 100 };
    const id = await create('limited', ['park'], { limits });
    await engine.start(id);
    const { pid } = await until(id, 'running');
    const read = (v1: string, v2: string): string => {
      const path = [`/sys/fs/cgroup/${v1}`, `/sys/fs/cgroup/duende/${id}/${v2}`];
      return readFileSync(path.find((each) => existsSync(each)) as string, 'utf8').trim();
    };
    expect(read(`memory/duende/${id}/memory.limit_in_bytes`, 'memory.max')).toBe(String(64 << 20));
    expect(read(`pids/duende/${id}/pids.max`, 'pids.max')).toBe('20');
    expect(read(`cpu/duende/${id}/cpu.cfs_quota_us`, 'cpu.max')).toMatch(/^50000/);
    expect(read(`cpu/duende/${id}/cpu.shares`, 'cpu.weight')).toMatch(/^(2048|200)$/);
    expect(readFileSync(`/proc/${pid}/limits`, 'utf8')).toMatch(/Max open files +100 +100/);
    const stats = await engine.stats(id);
    expect(stats).toMatchObject({ memoryLimitBytes: 64 << 20, pids: 1 });
    expect(stats.measured).toContain('cpuUsec');
    expect(stats.memoryBytes).toBeGreaterThan(0);
    await engine.remove(id);
    expect(existsSync(`/sys/fs/cgroup/pids/duende/${id}`)).toBe(false);
  });

  it('gives a container its user, capabilities, mounts, environment, system calls and a root of its own', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'duende-containerd-'));
    mkdirSync(join(folder, 'inner'));
    const id = await create('mounted', ['park'], {
      user: '1234:5678',
      env: { OWN: '2' },
      capabilities: ['CAP_CHOWN'],
      readOnlyRoot: true,
      tmpfs: ['/run'],
      mounts: [{ source: folder, target: '/run/duende', readOnly: true }],
      seccomp: { deny: ['ptrace'], text: '', file: '' },
    });
    await engine.start(id);
    const { pid } = await until(id, 'running');
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    expect(status).toMatch(/^Uid:\s1234\s1234/m);
    expect(status).toMatch(/^Gid:\s5678\s5678/m);
    expect(status).toMatch(/^CapBnd:\s0000000000000001$/m);
    expect(status).toMatch(/^NoNewPrivs:\s1$/m);
    expect(status).toMatch(/^Seccomp:\s2$/m);
    expect(readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0')).toEqual(
      expect.arrayContaining(['FROM_IMAGE=1', 'OWN=2']),
    );
    expect(existsSync(`/proc/${pid}/root/run/duende/inner`)).toBe(true);
    const mounts = readFileSync(`/proc/${pid}/mountinfo`, 'utf8');
    expect(mounts).toMatch(/ \/ \/ ro,/);
    expect(mounts).toMatch(/ \/run\/duende ro,/);
    await engine.remove(id);
    rmSync(folder, { recursive: true });
  });

  it('has 127.0.0.1 in a network of its own, and the network of the machine', async () => {
    const trie = async (name: string, network: string): Promise<string> => {
      await engine.start(await create(name, ['park'], { network }));
      return readFileSync(`/proc/${(await until(name, 'running')).pid}/net/fib_trie`, 'utf8');
    };
    expect(await trie('alone', 'none')).toContain('127.0.0.1');
    expect(await trie('shared', 'host')).toBe(readFileSync('/proc/self/net/fib_trie', 'utf8'));
  });

  it('starts and removes twenty at once', async () => {
    const before = await remains(address, namespace, snapshotter);
    const names = Array.from({ length: 20 }, (_, index) => `many-${index}`);
    await Promise.all(names.map(async (name) => engine.start(await create(name, ['park']))));
    const all = await Promise.all(names.map((name) => engine.inspect(name)));
    expect(new Set(all.map((state) => state?.pid)).size).toBe(20);
    expect(all.every((state) => state?.state === 'running')).toBe(true);
    await Promise.all(names.map((name) => engine.remove(name)));
    expect(await remains(address, namespace, snapshotter)).toEqual(before);
  });

  it('lets one of several starts of a container win, a second time as well', async () => {
    const id = await create('raced', ['park']);
    const clients = Array.from({ length: 4 }, () => new ContainerdEngine({ address, namespace }));
    for (let round = 0; round < 3; round++) {
      await Promise.all(clients.map((client) => client.start(id)));
      const { pid } = await until(id, 'running');
      expect(existsSync(`/proc/${pid}`)).toBe(true);
      await engine.kill(id, 'SIGKILL');
      await until(id, 'exited');
    }
    for (const client of clients) client.close();
    expect(await remains(address, namespace, snapshotter)).toMatchObject({ leases: 0 });
  });

  it('removes a container that others remove as well', async () => {
    const id = await create('removed', ['park']);
    await engine.start(id);
    await Promise.all(Array.from({ length: 4 }, () => engine.remove(id)));
    expect(await engine.inspect(id)).toBeUndefined();
  });

  it('says that the end of a run is not known when containerd has lost it', async () => {
    const id = await create('lost', ['exit', '4']);
    await engine.start(id);
    await until(id, 'exited');
    const connection = new Connection(address, namespace);
    await connection.call('Tasks.Delete', { containerId: id });
    connection.close();
    expect(await engine.inspect(id)).toMatchObject({ state: 'exited', exitCode: -1, pid: 0 });
    await engine.start(id);
    expect(await until(id, 'exited')).toMatchObject({ exitCode: 4, error: '' });
  });

  it('goes on after containerd was killed and started again', async () => {
    const id = await create('survivor', ['park']);
    await engine.start(id);
    const { pid } = await until(id, 'running');
    const news: string[] = [];
    const stop = engine.watch(id, (what) => news.push(what));
    await engine.watching();
    await killAndRestartEngine('containerd');
    expect(await engine.inspect(id)).toMatchObject({ state: 'running', pid });
    await expect.poll(() => news, { timeout: 5000 }).toContain('gap');
    const before = news.length;
    await engine.kill(id, 'SIGKILL');
    // A gap says the same: whoever waits looks again.
    await expect.poll(() => news.length, { timeout: 10_000 }).toBeGreaterThan(before);
    expect(await until(id, 'exited')).toMatchObject({ exitCode: 137 });
    stop();
  });
});
