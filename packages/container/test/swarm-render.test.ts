import { type DaemonSpecInput, parseSpec } from '@duende/core';
import { describe, expect, it } from 'vitest';
import { registryAuth } from '../src/docker/images.ts';
import type { PreparedImage } from '../src/prepare-image.ts';
import { readSettings } from '../src/read-settings.ts';
import { checkSwarm } from '../src/swarm/check-swarm.ts';
import { noteOf } from '../src/swarm/note.ts';
import { renderService } from '../src/swarm/render-service.ts';
import { renewed, updateTime } from '../src/swarm/restart-service.ts';
import { parked } from '../src/swarm/stop-service.ts';
import { hasInit } from '../src/swarm/swarm-node.ts';

const image: PreparedImage = {
  reference: 'sha256:abc',
  program: '/usr/bin/web',
  argv: ['web', '--port', '80'],
  env: { FROM_IMAGE: '1' },
  user: '1000:1000',
};

const inputOf = (more: object = {}, swarm: object = {}, container: object = {}): DaemonSpecInput =>
  ({
    name: 'web',
    program: 'web',
    args: ['--port', '80'],
    ...more,
    platform: { container: { swarm, ...container } },
  }) as DaemonSpecInput;

function render(input: DaemonSpecInput, onlyNode: string | undefined = 'node1', init = true) {
  const spec = parseSpec(input, 'container');
  const settings = readSettings(spec) as never;
  return renderService({ spec, settings, image, key: 'key', base: '/state', onlyNode, init });
}

describe('renderService', () => {
  it('renders what is usual', () => {
    expect(render(inputOf())).toEqual({
      Name: 'duende-web',
      Labels: {
        'dev.duende.name': 'web',
        'dev.duende.key': 'key',
        'dev.duende.state': '/state',
        'dev.duende.version': '1',
        'dev.duende.swarm': '{"run":1,"startTimeout":30000}',
      },
      TaskTemplate: {
        ContainerSpec: {
          Image: 'sha256:abc',
          Labels: {},
          Command: ['/usr/bin/web'],
          Args: ['--port', '80'],
          Env: ['DUENDE_NAME=web', 'DUENDE_PLATFORM=container', 'FROM_IMAGE=1'],
          Dir: '/',
          User: '1000:1000',
          StopSignal: 'SIGTERM',
          StopGracePeriod: 10_000_000_000,
          Init: true,
          ReadOnly: false,
          Mounts: [],
          Healthcheck: { Test: ['NONE'] },
        },
        RestartPolicy: { Condition: 'none' },
        Placement: { Constraints: ['node.id==node1'] },
        LogDriver: {
          Name: 'local',
          Options: { 'max-size': '10485760', 'max-file': '6', compress: 'false' },
        },
        ForceUpdate: 0,
      },
      Mode: { Replicated: { Replicas: 1 } },
      UpdateConfig: { Parallelism: 1, Delay: 0, Order: 'stop-first', FailureAction: 'pause' },
      RollbackConfig: { Parallelism: 1, Delay: 0, Order: 'stop-first', FailureAction: 'pause' },
    });
  });

  it('renders everything that there is', () => {
    const service = render(
      inputOf(
        {
          env: { A: 'b' },
          cwd: '/srv',
          labels: { team: 'x' },
          stopSignal: 'INT',
          stopTimeout: '1500ms',
          restart: { policy: 'on-failure', delay: '2s', maxRestarts: 3, window: '1m' },
          health: {
            type: 'command',
            command: ['/check', 'a'],
            interval: '1s',
            timeout: '2s',
            retries: 4,
            startPeriod: '5s',
          },
          resources: { memoryMax: '64M', cpuQuota: 1.5, pidsMax: 9, openFilesMax: 100, lockMemory: '1M' },
          sandbox: { filesystem: { mode: 'read-only' }, capabilities: ['CAP_CHOWN'], noNewPrivileges: true },
        },
        {
          replicas: 4,
          constraints: ['node.role==worker'],
          updateParallelism: 2,
          updateDelay: 500,
          updateOrder: 'start-first',
          updateFailureAction: 'rollback',
        },
        {
          network: 'front',
          ports: [{ container: 80, host: 8080, address: '0.0.0.0' }],
          mounts: [{ source: '/data', readOnly: true }],
          tmpfs: ['/tmp'],
        },
      ),
      undefined,
      false,
    );
    expect(service.Labels).toMatchObject({ team: 'x' });
    expect(service.TaskTemplate).toEqual({
      ContainerSpec: {
        Image: 'sha256:abc',
        Labels: { team: 'x' },
        Command: ['/usr/bin/web'],
        Args: ['--port', '80'],
        Env: ['DUENDE_NAME=web', 'DUENDE_PLATFORM=container', 'FROM_IMAGE=1', 'A=b'],
        Dir: '/srv',
        User: '1000:1000',
        StopSignal: 'SIGINT',
        StopGracePeriod: 2_000_000_000,
        Init: false,
        ReadOnly: true,
        Mounts: [
          { Type: 'bind', Source: '/data', Target: '/data', ReadOnly: true },
          { Type: 'tmpfs', Target: '/tmp' },
        ],
        Healthcheck: {
          Test: ['CMD', '/check', 'a'],
          Interval: 1_000_000_000,
          Timeout: 2_000_000_000,
          Retries: 4,
          StartPeriod: 5_000_000_000,
        },
        Ulimits: [
          { Name: 'nofile', Soft: 100, Hard: 100 },
          { Name: 'memlock', Soft: 1_048_576, Hard: 1_048_576 },
        ],
        CapabilityDrop: ['ALL'],
        CapabilityAdd: ['CAP_CHOWN'],
        Privileges: { NoNewPrivileges: true },
      },
      Resources: { Limits: { NanoCPUs: 1_500_000_000, MemoryBytes: 67_108_864, Pids: 9 } },
      RestartPolicy: {
        Condition: 'on-failure',
        Delay: 2_000_000_000,
        MaxAttempts: 3,
        Window: 60_000_000_000,
      },
      Placement: { Constraints: ['node.role==worker'] },
      Networks: [{ Target: 'front' }],
      LogDriver: expect.anything(),
      ForceUpdate: 0,
    });
    expect(service.UpdateConfig).toEqual({
      Parallelism: 2,
      Delay: 500_000_000,
      Order: 'start-first',
      FailureAction: 'rollback',
    });
    expect(service.RollbackConfig).toMatchObject({ FailureAction: 'pause' });
    expect(service.EndpointSpec).toEqual({
      Ports: [{ Protocol: 'tcp', TargetPort: 80, PublishedPort: 8080, PublishMode: 'host' }],
    });
    expect(service.Mode).toEqual({ Replicated: { Replicas: 4 } });
  });

  it('is put back by a restart as it was before the stop', () => {
    const service = render(inputOf({}, { updateParallelism: 3 }));
    const stopped = parked(service);
    expect(stopped.TaskTemplate.Placement).toEqual({ Constraints: ['node.id==duende-stopped'] });
    expect(parked(stopped)).toBe(stopped);
    const again = renewed(stopped);
    expect(noteOf(again)).toEqual({ run: 2, startTimeout: 30_000 });
    expect(again).toEqual({
      ...service,
      Labels: again.Labels,
      TaskTemplate: { ...service.TaskTemplate, ForceUpdate: 1 },
    });
    expect(noteOf({ Labels: { 'dev.duende.swarm': 'damaged' } })).toEqual({ run: 1, startTimeout: 30_000 });
  });

  it('allows an update the time of all its groups', () => {
    expect(updateTime(render(inputOf({}, { replicas: 4, updateParallelism: 2 })))).toBe(2 * 40_000 + 5000);
    expect(updateTime(render(inputOf({}, { replicas: 4, updateParallelism: 0 })))).toBe(45_000);
  });
});

describe('checkSwarm', () => {
  const refused = (input: DaemonSpecInput, api = '1.41') => {
    const spec = parseSpec(input, 'container');
    try {
      checkSwarm(spec, readSettings(spec), { input, api });
    } catch (error) {
      return (error as { field: string }).field;
    }
    return undefined;
  };

  it.each<[field: string, more: object, container?: object]>([
    ['name', { name: 'a.b' }],
    ['name', { name: `a${'b'.repeat(56)}` }],
    ['name', { name: 'a-' }],
    ['readiness', { readiness: 'notify' }],
    ['health.type', { health: { type: 'http', url: 'http://127.0.0.1:1/' } }],
    ['health.type', { health: { type: 'tcp', port: 1 } }],
    ['restart.factor', { restart: { policy: 'always', factor: 2 } }],
    ['restart.maxDelay', { restart: { policy: 'always', maxDelay: '30s' } }],
    ['resources.memorySwapMax', { resources: { memoryMax: '64M', memorySwapMax: '1M' } }],
    ['resources.cpuWeight', { resources: { cpuWeight: 10 } }],
    ['resources.ioReadBps', { resources: { ioReadBps: '1M' } }],
    ['resources.ioWriteBps', { resources: { ioWriteBps: '1M' } }],
    ['sandbox.filesystem.writable', { sandbox: { filesystem: { mode: 'read-only', writable: ['/a'] } } }],
    ['sandbox.network', { sandbox: { network: 'none' } }],
    ['sandbox.noNewPrivileges', { sandbox: { noNewPrivileges: true } }],
    ['sandbox.seccomp', { sandbox: { seccomp: { deny: ['mount'] } } }],
    ['platform.container.hostConfig', {}, { hostConfig: { Privileged: true } }],
    ['platform.container.network', {}, { network: 'none' }],
    ['platform.container.pull', {}, { image: 'x', pull: 'never' }],
    ['platform.container.ports[0].address', {}, { ports: [{ container: 80 }] }],
  ])('refuses %s %o', (field, more, container = {}) => {
    expect(refused(inputOf(more, {}, container))).toBe(field);
  });

  it('refuses what an older engine does not know', () => {
    expect(refused(inputOf({ resources: { pidsMax: 3 } }), '1.40')).toBe('resources.pidsMax');
    expect(refused(inputOf({ sandbox: { capabilities: [] } }), '1.40')).toBe('sandbox.capabilities');
  });

  it('takes what swarm can do', () => {
    expect(refused(inputOf())).toBeUndefined();
    expect(refused(inputOf({ restart: { policy: 'always', delay: '1s', factor: 1 } }))).toBeUndefined();
    expect(
      refused(inputOf({ sandbox: { noNewPrivileges: true, seccomp: 'default' } }), '1.44'),
    ).toBeUndefined();
    expect(refused(inputOf({ resources: { pidsMax: 3, openFilesMax: 9 } }))).toBeUndefined();
  });
});

describe('what an engine says', () => {
  it('tells whether it has an init', () => {
    expect(hasInit({ InitBinary: 'docker-init', InitCommit: { ID: '' } })).toBe(true);
    expect(hasInit({ InitBinary: 'docker-init', InitCommit: { ID: 'N/A' } })).toBe(false);
    expect(hasInit({})).toBe(false);
  });

  it('gets credentials as its API takes them', () => {
    expect(registryAuth(undefined)).toEqual({});
    const { 'x-registry-auth': text = '' } = registryAuth({ username: 'a', password: 'b' });
    expect(JSON.parse(Buffer.from(text, 'base64url').toString())).toEqual({ username: 'a', password: 'b' });
  });
});
