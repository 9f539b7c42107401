import { describe, expect, it } from 'vitest';
import type { HostFacts } from '../src/containerd/host-facts.ts';
import { renderRuntimeSpec } from '../src/containerd/runtime-spec.ts';
import { sharesOfWeight } from '../src/containerd/spec-resources.ts';
import type { ContainerPlan } from '../src/engine/engine.ts';

const plan: ContainerPlan = {
  name: 'duende-web',
  image: 'web:1',
  labels: {},
  argv: ['/run/duende-init'],
  env: {},
  mounts: [{ source: '/opt/duende-init', target: '/run/duende-init', readOnly: true }],
  tmpfs: [],
  readOnlyRoot: false,
  network: 'none',
  ports: [],
  noNewPrivileges: false,
  limits: {},
  stopSignal: 'SIGTERM',
  stopTimeoutMs: 5000,
  log: { maxSize: 1, files: 1 },
  restart: 'no',
};
const host: HostFacts = {
  arch: 'x64',
  cgroupVersion: 1,
  blockDevices: ['254:0', '8:16'],
  netFiles: ['/etc/hosts', '/etc/resolv.conf'],
};
const render = (more: Partial<ContainerPlan> = {}, image = {}, facts: Partial<HostFacts> = {}) =>
  renderRuntimeSpec({ ...plan, ...more }, image, { ...host, ...facts });

describe('renderRuntimeSpec', () => {
  it('gives the program what image and plan say, the plan last', () => {
    const image = { User: '10:20', Env: ['PATH=/bin', 'A=image', 'B=a=b', 'broken'] };
    const { process, root, hostname } = render({ env: { A: 'plan' } }, image);
    expect(process).toMatchObject({
      args: ['/run/duende-init'],
      cwd: '/',
      user: { uid: 10, gid: 20 },
      env: ['PATH=/bin', 'A=plan', 'B=a=b'],
      noNewPrivileges: false,
      rlimits: [],
    });
    expect(process.capabilities.bounding).toHaveLength(14);
    expect(root).toEqual({ path: 'rootfs', readonly: false });
    expect(hostname).toBe('duende-web');
    expect(render({ name: 'x'.repeat(70) }).hostname).toHaveLength(64);
    expect(render().process.env).toEqual([expect.stringMatching(/^PATH=/)]);
  });

  it.each([
    [undefined, { uid: 0, gid: 0 }],
    ['root', { uid: 0, gid: 0 }],
    ['7', { uid: 7, gid: 0 }],
    ['7:8', { uid: 7, gid: 8 }],
  ])('knows the user %s', (user, expected) => {
    expect(render(user === undefined ? {} : { user }).process.user).toEqual(expected);
  });

  it.each<[string, Partial<ContainerPlan>]>([
    ['user node', { user: 'node' }],
    ['user 1:x', { user: '1:x' }],
    ['network bridge', { network: 'bridge' }],
    ['ports', { ports: [{ container: 1, host: 1, hostAddress: '127.0.0.1', protocol: 'tcp' }] }],
    ['hostConfig', { raw: {} }],
  ])('refuses %s', (text, more) => {
    expect(() => render(more)).toThrow(expect.objectContaining({ kind: 'invalid' }));
    expect(() => render(more)).toThrow(text);
  });

  it('limits, in cgroup version 1', () => {
    const limits = {
      memory: 1000,
      swap: 24,
      cpus: 1.5,
      cpuWeight: 200,
      pids: 9,
      ioReadBps: 5,
      ioWriteBps: 6,
      openFiles: 50,
      lockedMemory: 70,
    };
    const { linux, process } = render({ limits });
    const on = (rate: number) => [
      { major: 254, minor: 0, rate },
      { major: 8, minor: 16, rate },
    ];
    expect(linux.resources).toEqual({
      devices: [{ allow: false, access: 'rwm' }],
      memory: { limit: 1000, swap: 1024 },
      cpu: { quota: 150_000, period: 100_000, shares: 2048 },
      pids: { limit: 9 },
      blockIO: { throttleReadBpsDevice: on(5), throttleWriteBpsDevice: on(6) },
    });
    expect(linux.cgroupsPath).toBe('/duende/duende-web');
    expect(process.rlimits).toEqual([
      { type: 'RLIMIT_NOFILE', hard: 50, soft: 50 },
      { type: 'RLIMIT_MEMLOCK', hard: 70, soft: 70 },
    ]);
  });

  it('limits, in cgroup version 2', () => {
    const { linux } = render({ limits: { cpuWeight: 200, memory: 10 } }, {}, { cgroupVersion: 2 });
    expect(linux.resources).toEqual({
      devices: [{ allow: false, access: 'rwm' }],
      memory: { limit: 10, swap: 10 },
      unified: { 'cpu.weight': '200' },
    });
    expect(linux.namespaces).toContainEqual({ type: 'cgroup' });
    expect(render().linux.namespaces).not.toContainEqual({ type: 'cgroup' });
  });

  it.each([
    [1, 10],
    [100, 1024],
    [10_000, 102_400],
  ])('makes of the weight %d the shares %d', (weight, shares) => {
    expect(sharesOfWeight(weight)).toBe(shares);
  });

  it('has a network of its own with a loopback, or the one of the machine', () => {
    const alone = render();
    expect(alone.linux.namespaces).toContainEqual({ type: 'network' });
    const hook = { path: '/opt/duende-init', args: ['/opt/duende-init', 'loopback'], timeout: 10 };
    expect(alone.hooks).toEqual({ createRuntime: [hook] });
    expect(render({ argv: ['/bin/sh'] }).hooks).toBeUndefined();
    expect(render({ argv: ['/bin/sh'] }, {}, { init: '/i' }).hooks?.createRuntime[0]?.path).toBe('/i');
    const bound = (spec: ReturnType<typeof render>) =>
      spec.mounts.filter(({ type }) => type === 'bind').map(({ destination }) => destination);
    expect(bound(alone)).toEqual(['/etc/hosts', '/run/duende-init']);
    const shared = render({ network: 'host' });
    expect(shared.linux.namespaces).not.toContainEqual({ type: 'network' });
    expect(shared.hooks).toBeUndefined();
    expect(bound(shared)).toEqual(['/etc/hosts', '/etc/resolv.conf', '/run/duende-init']);
  });

  it('mounts outer folders first, and what the plan says in place of the usual', () => {
    const mounts = [
      { source: '/a', target: '/data/inner/x', readOnly: true },
      { source: '/h', target: '/etc/hosts', readOnly: false },
    ];
    const spec = render({ mounts, tmpfs: ['/data', '/dev/shm'] });
    const own = spec.mounts.slice(-4);
    expect(own.map(({ destination }) => destination)).toEqual([
      '/data',
      '/etc/hosts',
      '/dev/shm',
      '/data/inner/x',
    ]);
    expect(own[0]).toMatchObject({ type: 'tmpfs', options: ['nosuid', 'nodev', 'mode=1777'] });
    expect(own[1]?.options).toEqual(['rbind', 'rprivate', 'rw']);
    expect(own[3]?.options).toEqual(['rbind', 'rprivate', 'ro']);
    expect(spec.mounts.filter(({ destination }) => destination === '/dev/shm')).toHaveLength(1);
    expect(spec.mounts.slice(0, 2).map(({ destination }) => destination)).toEqual(['/proc', '/dev']);
  });

  it('denies system calls, keeps capabilities and gives no new privileges', () => {
    const seccomp = { deny: ['ptrace', 'bpf'], text: '', file: '' };
    const { linux, process } = render({ seccomp, capabilities: ['CAP_KILL'], noNewPrivileges: true });
    expect(linux.seccomp).toEqual({
      defaultAction: 'SCMP_ACT_ALLOW',
      architectures: ['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86', 'SCMP_ARCH_X32'],
      syscalls: [{ names: ['ptrace', 'bpf'], action: 'SCMP_ACT_ERRNO', errnoRet: 1 }],
    });
    expect(process.capabilities).toEqual({
      bounding: ['CAP_KILL'],
      effective: ['CAP_KILL'],
      permitted: ['CAP_KILL'],
    });
    expect(process.noNewPrivileges).toBe(true);
    expect(render().linux.seccomp).toBeUndefined();
  });
});
