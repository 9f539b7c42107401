import { parseSpec } from '@duende/core';
import { describe, expect, test } from 'vitest';
import { labelsOf } from '../src/labels.ts';
import { readSettings } from '../src/read-settings.ts';
import { type PlanInput, renderPlan } from '../src/render/plan.ts';

const key = '4286f30c-ff71-40c4-92f1-dec51771c4c7';

function plan(given: object = {}, over: Partial<PlanInput> = {}) {
  const spec = parseSpec({ name: 'web', program: '/bin/sleep', ...given }, 'container');
  return renderPlan({
    runtime: 'docker',
    key,
    base: '/var/lib/duende/container/docker',
    spec,
    settings: readSettings(spec),
    image: 'duende:1',
    user: undefined,
    env: {},
    paths: {
      init: '/s/init',
      run: '/s/run',
      writable: ['/s/writable-0', '/s/writable-1'],
      seccomp: '/s/seccomp.json',
    },
    ...over,
  });
}

const own = [
  { source: '/s/run', target: '/run/duende', readOnly: false },
  { source: '/s/init', target: '/run/duende-init', readOnly: true },
];

test('the least that there is', () => {
  expect(plan()).toEqual({
    name: 'duende-web',
    image: 'duende:1',
    labels: {
      'dev.duende.name': 'web',
      'dev.duende.key': key,
      'dev.duende.state': '/var/lib/duende/container/docker',
      'dev.duende.version': '1',
    },
    argv: ['/run/duende-init'],
    env: { DUENDE_NAME: 'web', DUENDE_PLATFORM: 'container' },
    mounts: own,
    tmpfs: [],
    readOnlyRoot: false,
    network: 'none',
    ports: [],
    noNewPrivileges: false,
    limits: {},
    stopSignal: 'SIGTERM',
    stopTimeoutMs: 10_000,
    log: { maxSize: 10_485_760, files: 5 },
    restart: 'no',
  });
});

test('everything of the spec', () => {
  const given = {
    args: ['--token=hunter2'],
    env: { PATH: '/own', A: 'b' },
    labels: { team: 'x' },
    restart: 'always',
    stopSignal: 'INT',
    stopTimeout: '2s',
    logs: { maxSize: '1M', files: 2 },
    resources: {
      memoryMax: '64M',
      memorySwapMax: 0,
      cpuQuota: '150%',
      cpuWeight: 20,
      ioReadBps: '1M',
      ioWriteBps: '2M',
      pidsMax: 10,
      openFilesMax: 64,
      lockMemory: 0,
    },
    sandbox: {
      filesystem: { mode: 'read-only', writable: ['/srv/a', '/srv/b'] },
      capabilities: [],
      noNewPrivileges: true,
      seccomp: { deny: ['mount', 'ptrace'] },
    },
    platform: {
      container: {
        mounts: [{ source: '/a' }, { source: '/b', target: '/c', readOnly: true }],
        ports: [{ container: 80 }, { container: 53, host: 5353, address: '::1', protocol: 'udp' }],
        tmpfs: ['/tmp'],
        hostConfig: { ShmSize: 7 },
      },
    },
  };
  expect(plan(given, { user: '10:20', env: { PATH: '/image', LANG: 'C' } })).toMatchObject({
    labels: { team: 'x', 'dev.duende.name': 'web' },
    argv: ['/run/duende-init'],
    env: { DUENDE_NAME: 'web', DUENDE_PLATFORM: 'container', PATH: '/own', LANG: 'C', A: 'b' },
    user: '10:20',
    mounts: [
      { source: '/a', target: '/a', readOnly: false },
      { source: '/b', target: '/c', readOnly: true },
      { source: '/s/writable-0', target: '/srv/a', readOnly: false },
      { source: '/s/writable-1', target: '/srv/b', readOnly: false },
      ...own,
    ],
    tmpfs: ['/tmp'],
    readOnlyRoot: true,
    network: 'bridge',
    ports: [
      { container: 80, host: 80, hostAddress: '127.0.0.1', protocol: 'tcp' },
      { container: 53, host: 5353, hostAddress: '::1', protocol: 'udp' },
    ],
    capabilities: [],
    noNewPrivileges: true,
    seccomp: {
      deny: ['mount', 'ptrace'],
      text: '{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["mount","ptrace"],"action":"SCMP_ACT_ERRNO","errnoRet":1}]}',
      file: '/s/seccomp.json',
    },
    limits: {
      memory: 67_108_864,
      swap: 0,
      cpus: 1.5,
      cpuWeight: 20,
      pids: 10,
      ioReadBps: 1_048_576,
      ioWriteBps: 2_097_152,
      openFiles: 64,
      lockedMemory: 0,
    },
    stopSignal: 'SIGINT',
    stopTimeoutMs: 2000,
    log: { maxSize: 1_048_576, files: 2 },
    restart: 'unless-stopped',
    raw: { ShmSize: 7 },
  });
});

test('no argument of the program is in the container, where every user of the engine could read it', () => {
  expect(JSON.stringify(plan({ args: ['hunter2'] }))).not.toMatch(/hunter|sleep/);
});

describe('the network', () => {
  test.each<[string, object, string]>([
    ['none without a word', {}, 'none'],
    ['as the sandbox says', { sandbox: { network: 'host' } }, 'host'],
    ['as it was asked for', { platform: { container: { network: 'web' } } }, 'web'],
    ['a bridge for ports', { platform: { container: { ports: [{ container: 80 }] } } }, 'bridge'],
    [
      'ports of a network that was asked for',
      { platform: { container: { network: 'web', ports: [{ container: 80 }] } } },
      'web',
    ],
  ])('%s', (_, given, expected) => {
    expect(plan(given).network).toBe(expected);
  });
});

describe('restarts by the engine', () => {
  test.each([
    ['never', 'docker', 'no'],
    ['on-failure', 'docker', 'no'],
    ['always', 'docker', 'unless-stopped'],
    ['unless-stopped', 'podman', 'unless-stopped'],
    ['always', 'containerd', 'no'],
  ] as const)('%s of %s', (restart, runtime, expected) => {
    expect(plan({ restart }, { runtime }).restart).toBe(expected);
  });
});

test("the engine's own filter of calls is no profile of ours", () => {
  expect(plan({ sandbox: { seccomp: 'default' } })).not.toHaveProperty('seccomp');
});

test('nobody can take the labels that say whose a container is', () => {
  const labels = { 'dev.duende.key': 'x', 'dev.duende.state': '/elsewhere', other: 'y' };
  const spec = parseSpec({ name: 'web', program: '/bin/true', labels }, 'container');
  expect(labelsOf(spec, key, '/base')).toEqual({
    'dev.duende.name': 'web',
    'dev.duende.key': key,
    'dev.duende.state': '/base',
    'dev.duende.version': '1',
    other: 'y',
  });
});
