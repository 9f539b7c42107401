import { parseSpec } from '@duende/core';
import { decodeStatePage, encodeFrames, statePageSize } from '@duende/program';
import { describe, expect, test } from 'vitest';
import { findCgroupRoots, parseMounts } from '../src/cgroup-mounts.ts';
import { planCgroups } from '../src/cgroup-plan.ts';
import { frameTags } from '../src/config-frame.ts';
import { type RenderInput, renderEnvironment, renderFrames, renderPlace } from '../src/render.ts';

const id = '01234567-89ab-cdef-0123-456789abcdef';
const account = { name: 'ann', uid: 1000, gid: 1000, home: '/home/ann', shell: '/bin/sh' };

function input(spec: Record<string, unknown>, more: Partial<RenderInput> = {}): RenderInput {
  return {
    id,
    bootId: 'boot',
    spec: parseSpec({ name: 'web', program: '/bin/web', ...spec }),
    program: { file: '/bin/web', args: ['a b', '-x', ''], env: {} },
    identity: { account, uid: undefined, gid: undefined, groups: [] },
    cgroups: { steps: [], processes: [], oomFile: undefined },
    keepLog: false,
    ...more,
  };
}

describe('frames', () => {
  test('a plain program', () => {
    const frames = renderFrames(input({ cwd: '/srv', env: { A: '$HOME "x"' } }));
    expect(frames.filter(([tag]) => tag !== 'spec' && tag !== 'number')).toEqual([
      ['name', 'web'],
      ['bootId', 'boot'],
      ['program', '/bin/web'],
      ['cwd', '/srv'],
      ['argument', '/bin/web'],
      ['argument', 'a b'],
      ['argument', '-x'],
      ['argument', ''],
      ['variable', 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
      ['variable', 'HOME=/home/ann'],
      ['variable', 'USER=ann'],
      ['variable', 'LOGNAME=ann'],
      ['variable', 'SHELL=/bin/sh'],
      ['variable', 'DUENDE_NAME=web'],
      ['variable', 'DUENDE_PLATFORM=native'],
      ['variable', `DUENDE_ID=${id}`],
      ['variable', 'A=$HOME "x"'],
    ]);
  });

  test('the spec wins over what the platform gives', () => {
    expect(renderEnvironment(input({ env: { PATH: '/opt/bin', HOME: '/' } }))).toMatchObject({
      PATH: '/opt/bin',
      HOME: '/',
    });
  });

  test('readiness has its own variables, and only when asked for', () => {
    expect(renderEnvironment(input({ readiness: 'notify' }))).toMatchObject({
      DUENDE_NOTIFY_FD: '3',
      NOTIFY_SOCKET: `@duende-${id}`,
    });
    expect(renderEnvironment(input({}))).not.toHaveProperty('NOTIFY_SOCKET');
  });

  test('numbers: milliseconds, bytes, Linux signal numbers', () => {
    const spec = {
      restart: {
        policy: 'on-failure',
        delay: '1s',
        factor: 1.5,
        maxDelay: '1m',
        maxRestarts: 3,
        window: '2m',
      },
      stopSignal: 'QUIT',
      stopTimeout: '3s',
      logs: { maxSize: '1M', files: 2 },
      resources: { openFilesMax: 64, lockMemory: '64k' },
    };
    const numbers = renderFrames(input(spec))
      .filter(([tag]) => tag === 'number')
      .map(([, text]) => text);
    for (const number of [
      'restart_policy=1',
      'restart_delay=1000',
      'restart_factor_milli=1500',
      'restart_max_delay=60000',
      'restart_max=3',
      'restart_window=120000',
      'stop_signal=3',
      'stop_timeout=3000',
      'log_max_size=1048576',
      'log_files=2',
      'open_files=64',
      'lock_memory=65536',
    ]) {
      expect(numbers).toContain(number);
    }
    expect(numbers.some((number) => number.startsWith('uid='))).toBe(false);
  });

  test('an HTTP check is one request to an address', () => {
    const frames = renderFrames(input({ health: { type: 'http', url: 'http://localhost:8080/up?x=1' } }));
    expect(frames).toContainEqual(['healthHost', '127.0.0.1']);
    expect(frames).toContainEqual(['number', 'health_port=8080']);
    expect(frames.find(([tag]) => tag === 'healthRequest')?.[1]).toMatch(
      /^GET \/up\?x=1 HTTP\/1\.0\r\nHost: localhost:8080\r\n/,
    );
  });

  test('a check of another machine by name is refused by name', () => {
    const spec = { health: { type: 'tcp', host: 'db.example', port: 5432 } };
    expect(() => renderFrames(input(spec))).toThrow(/health\.host/);
  });

  test('the bytes: length of all, then tag, length, bytes and NUL of each', () => {
    const bytes = encodeFrames(renderPlace('/s', 'é'), frameTags);
    expect(bytes.toString('hex')).toBe(
      '16000000' + '01000000' + '02000000' + '2f73' + '00' + '03000000' + '02000000' + 'c3a9' + '00',
    );
  });
});

describe('control groups', () => {
  const resources = {
    memoryMax: '64M',
    memorySwapMax: 0,
    cpuQuota: '50%',
    cpuWeight: 200,
    pidsMax: 10,
    ioReadBps: '1M',
  };
  const spec = parseSpec({ name: 'web', program: '/bin/web', resources });

  test('version 1', () => {
    const root = (parent: string) => ({ version: 1 as const, parent });
    const roots = {
      memory: root('/cg/memory'),
      pids: root('/cg/pids'),
      cpu: root('/cg/cpu'),
      io: root('/cg/blkio'),
    };
    const plan = planCgroups(spec, id, roots, ['8:0']);
    expect(
      plan.steps.filter(({ value }) => value !== undefined).map(({ path, value }) => `${path} ${value}`),
    ).toEqual([
      '/cg/memory/duende/web-01234567/memory.limit_in_bytes 67108864',
      '/cg/memory/duende/web-01234567/memory.memsw.limit_in_bytes 67108864',
      '/cg/cpu/duende/web-01234567/cpu.cfs_period_us 100000',
      '/cg/cpu/duende/web-01234567/cpu.cfs_quota_us 50000',
      '/cg/cpu/duende/web-01234567/cpu.shares 2048',
      '/cg/blkio/duende/web-01234567/blkio.throttle.read_bps_device 8:0 1048576',
      '/cg/pids/duende/web-01234567/pids.max 10',
    ]);
    expect(plan.oomFile).toBe('/cg/memory/duende/web-01234567/memory.oom_control');
    expect(plan.processes).toHaveLength(4);
  });

  test('version 2', () => {
    const root = { version: 2 as const, parent: '/cg' };
    const plan = planCgroups(spec, id, { memory: root, pids: root, cpu: root, io: root }, ['8:0']);
    const writes = plan.steps
      .filter(({ value }) => value !== undefined)
      .map(({ path, value }) => `${path} ${value}`);
    for (const write of [
      '/cg/cgroup.subtree_control +memory',
      '/cg/duende/cgroup.subtree_control +io',
      '/cg/duende/web-01234567/memory.max 67108864',
      '/cg/duende/web-01234567/memory.swap.max 0',
      '/cg/duende/web-01234567/cpu.max 50000 100000',
      '/cg/duende/web-01234567/cpu.weight 200',
      '/cg/duende/web-01234567/io.max 8:0 rbps=1048576',
      '/cg/duende/web-01234567/pids.max 10',
    ]) {
      expect(writes).toContain(write);
    }
    expect(plan.processes).toEqual(['/cg/duende/web-01234567/cgroup.procs']);
    expect(plan.oomFile).toBe('/cg/duende/web-01234567/memory.events');
    // A folder is made, and its controllers handed down, before anything is written below it.
    const made = plan.steps.findIndex(({ path, value }) => path === '/cg/duende' && value === undefined);
    const enabled = plan.steps.findIndex(({ path }) => path === '/cg/duende/cgroup.subtree_control');
    const own = plan.steps.findIndex(({ path }) => path === '/cg/duende/web-01234567');
    expect(made).toBeLessThan(enabled);
    expect(enabled).toBeLessThan(own);
  });

  test('nothing is asked for, nothing is planned', () => {
    const plain = parseSpec({ name: 'web', program: '/bin/web' });
    expect(planCgroups(plain, id, {}, [])).toEqual({ steps: [], processes: [], oomFile: undefined });
  });

  test('mounts of mountinfo; nothing for who may not write them', () => {
    const mounts = parseMounts(
      [
        '30 25 0:26 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory',
        '31 25 0:27 / /sys/fs/cgroup/unified\\040x rw - cgroup2 cgroup2 rw',
        '22 1 8:1 / / rw - ext4 /dev/sda1 rw',
      ].join('\n'),
    );
    expect(mounts.map(({ path, type }) => [path, type])).toEqual([
      ['/sys/fs/cgroup/memory', 'cgroup'],
      ['/sys/fs/cgroup/unified x', 'cgroup2'],
    ]);
    expect(findCgroupRoots(mounts, '0::/', false)).toEqual({});
  });
});

describe('state page', () => {
  test.each([0, 8, 100, statePageSize - 1, statePageSize + 1])('%d bytes are none', (length) => {
    expect(decodeStatePage(Buffer.alloc(length, 'DUENDEn1'))).toBeUndefined();
  });

  test('a page with an impossible state is none', () => {
    const page = Buffer.alloc(statePageSize);
    page.write('DUENDEn1');
    page.write(id, 120);
    page.write('web', 200);
    expect(decodeStatePage(page)).toMatchObject({ state: 'created', id, name: 'web' });
    page.writeUInt32LE(99, 12);
    expect(decodeStatePage(page)).toBeUndefined();
  });
});
