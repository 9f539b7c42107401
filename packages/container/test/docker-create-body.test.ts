import { describe, expect, test } from 'vitest';
import { createBody, type EngineFacts } from '../src/docker/create-body.ts';
import type { ContainerPlan } from '../src/engine/engine.ts';
import { plainPlan } from './plans.ts';

interface Body {
  readonly HostConfig: Readonly<Record<string, unknown>>;
  readonly [name: string]: unknown;
}

const docker: EngineFacts = {
  runtime: 'docker',
  cgroupVersion: 2,
  devices: [
    { path: '/dev/vda', number: '254:0' },
    { path: '/dev/sdb', number: '8:16' },
  ],
};
const podman: EngineFacts = { ...docker, runtime: 'podman', own: { processes: 4000, files: 500_000 } };
const body = (more: Partial<ContainerPlan> = {}, facts = docker): Body =>
  createBody({ ...plainPlan, ...more }, facts) as Body;

const plain = {
  Image: 'web:1',
  Labels: {},
  Entrypoint: ['/run/duende-init'],
  Cmd: [],
  Env: [],
  WorkingDir: '/',
  ExposedPorts: {},
  StopSignal: 'SIGTERM',
  StopTimeout: 10,
  Healthcheck: { Test: ['NONE'] },
  AttachStdin: false,
  OpenStdin: false,
  Tty: false,
  HostConfig: {
    NetworkMode: 'none',
    PortBindings: {},
    Mounts: [],
    Tmpfs: {},
    ReadonlyRootfs: false,
    SecurityOpt: [],
    Ulimits: [],
    LogConfig: { Type: 'local', Config: { 'max-size': '1000', 'max-file': '6', compress: 'false' } },
    RestartPolicy: { Name: 'no', MaximumRetryCount: 0 },
  },
};

const everything: ContainerPlan = {
  name: 'duende-web',
  image: 'web:1',
  labels: { team: 'a b' },
  argv: ['/run/duende-init', 'x', ''],
  env: { A: '1', B: 'x=y z', EMPTY: '' },
  user: '10:20',
  mounts: [
    { source: '/a b', target: '/data', readOnly: true },
    { source: '/s', target: '/run/duende', readOnly: false },
  ],
  tmpfs: ['/tmp', '/var/x'],
  readOnlyRoot: true,
  network: 'bridge',
  ports: [
    { container: 80, host: 8080, hostAddress: '127.0.0.1', protocol: 'tcp' },
    { container: 80, host: 8081, hostAddress: '::1', protocol: 'tcp' },
    { container: 53, host: 53, hostAddress: '0.0.0.0', protocol: 'udp' },
  ],
  capabilities: ['CAP_CHOWN', 'CAP_KILL'],
  noNewPrivileges: true,
  seccomp: { deny: ['mount'], text: '{"profile":1}', file: '/k/seccomp.json' },
  limits: {
    memory: 1000,
    swap: 24,
    cpus: 1.5,
    cpuWeight: 10_000,
    pids: 9,
    ioReadBps: 5,
    ioWriteBps: 6,
    openFiles: 50,
    lockedMemory: 70,
  },
  stopSignal: 'SIGINT',
  stopTimeoutMs: 1001,
  log: { maxSize: 2048, files: 2 },
  restart: 'unless-stopped',
  raw: { ShmSize: 7, NetworkMode: 'mine' },
};

const throttle = (Rate: number) => [
  { Path: '/dev/vda', Rate },
  { Path: '/dev/sdb', Rate },
];

describe('golden bodies', () => {
  test('the least', () => {
    expect(body()).toEqual(plain);
  });

  test('everything set, for Docker', () => {
    expect(createBody(everything, docker)).toEqual({
      ...plain,
      Labels: { team: 'a b' },
      Cmd: ['x', ''],
      Env: ['A=1', 'B=x=y z', 'EMPTY='],
      User: '10:20',
      ExposedPorts: { '80/tcp': {}, '53/udp': {} },
      StopSignal: 'SIGINT',
      StopTimeout: 2,
      HostConfig: {
        NetworkMode: 'mine',
        PortBindings: {
          '80/tcp': [
            { HostIp: '127.0.0.1', HostPort: '8080' },
            { HostIp: '::1', HostPort: '8081' },
          ],
          '53/udp': [{ HostIp: '0.0.0.0', HostPort: '53' }],
        },
        Mounts: [
          { Type: 'bind', Source: '/a b', Target: '/data', ReadOnly: true },
          { Type: 'bind', Source: '/s', Target: '/run/duende', ReadOnly: false },
        ],
        Tmpfs: { '/tmp': '', '/var/x': '' },
        ReadonlyRootfs: true,
        CapDrop: ['ALL'],
        CapAdd: ['CHOWN', 'KILL'],
        SecurityOpt: ['no-new-privileges', 'seccomp={"profile":1}'],
        Ulimits: [
          { Name: 'nofile', Soft: 50, Hard: 50 },
          { Name: 'memlock', Soft: 70, Hard: 70 },
        ],
        LogConfig: { Type: 'local', Config: { 'max-size': '2048', 'max-file': '3', compress: 'false' } },
        RestartPolicy: { Name: 'on-failure', MaximumRetryCount: 0 },
        Memory: 1000,
        MemorySwap: 1024,
        CpuPeriod: 100_000,
        CpuQuota: 150_000,
        CpuShares: 262_144,
        PidsLimit: 9,
        BlkioDeviceReadBps: throttle(5),
        BlkioDeviceWriteBps: throttle(6),
        ShmSize: 7,
      },
    });
  });

  test('for Podman: the profile as a file, its own log driver, nproc beside other ulimits, and nothing that can be written', () => {
    expect((createBody(everything, podman) as Body).HostConfig).toMatchObject({
      SecurityOpt: ['no-new-privileges', 'seccomp=/k/seccomp.json'],
      LogConfig: { Type: 'k8s-file', Config: { 'max-size': '2048' } },
      Tmpfs: { '/tmp': '', '/var/x': '', '/var/tmp': 'ro', '/run': 'ro' },
      Ulimits: [
        { Name: 'nofile', Soft: 50, Hard: 50 },
        { Name: 'memlock', Soft: 70, Hard: 70 },
        { Name: 'nproc', Soft: 4000, Hard: 4000 },
      ],
    });
  });

  test('what Podman would let be written in a read-only root, but for what was asked for', () => {
    const tmpfs = (more: Partial<ContainerPlan>, facts = podman) => body(more, facts).HostConfig.Tmpfs;
    const readOnlyRoot = true;
    const mounts = [{ source: '/s', target: '/run', readOnly: false }];
    expect(tmpfs({ readOnlyRoot })).toEqual({ '/tmp': 'ro', '/var/tmp': 'ro', '/run': 'ro' });
    expect(tmpfs({ readOnlyRoot, mounts })).toEqual({ '/tmp': 'ro', '/var/tmp': 'ro' });
    expect(tmpfs({})).toEqual({});
    expect(tmpfs({ readOnlyRoot }, docker)).toEqual({});
  });

  test('no capabilities at all are not the usual ones', () => {
    expect(body({ capabilities: [] }).HostConfig).toMatchObject({ CapDrop: ['ALL'], CapAdd: [] });
    expect(body().HostConfig).not.toHaveProperty('CapDrop');
  });
});
