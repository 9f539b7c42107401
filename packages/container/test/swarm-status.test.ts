import type { DaemonHandle } from '@duende/core';
import { describe, expect, it } from 'vitest';
import type { Service, Task } from '../src/swarm/api.ts';
import type { SwarmContext } from '../src/swarm/context.ts';
import { LogCursor } from '../src/swarm/log-cursor.ts';
import { withLineEnd } from '../src/swarm/read-task-log.ts';
import { serviceStats, sumStats } from '../src/swarm/service-stats.ts';
import { statusOfService } from '../src/swarm/service-status.ts';
import { signalService } from '../src/swarm/signal-service.ts';
import type { Snapshot } from '../src/swarm/snapshot.ts';
import { progressOf } from '../src/swarm/started-service.ts';

let made = 0;
const task = (Slot: number, State: string, more: object = {}, top: object = {}): Task => {
  made += 1;
  return {
    ID: `t${made}`,
    Slot,
    NodeID: 'n1',
    DesiredState: ['failed', 'complete', 'shutdown', 'rejected'].includes(State) ? 'shutdown' : 'running',
    CreatedAt: `2026-01-01T00:00:00.${String(made).padStart(3, '0')}Z`,
    Status: {
      State,
      Timestamp: '2026-01-01T00:00:01Z',
      Message: 'started',
      ContainerStatus: { ContainerID: `c${made}`, PID: State === 'running' ? 1000 + made : 0, ExitCode: 0 },
      ...more,
    },
    Spec: { ForceUpdate: 0 },
    ...top,
  };
};
const exited = (code: number) => ({
  ContainerStatus: { ContainerID: 'x', PID: 0, ExitCode: code },
  Err: `task: non-zero exit (${code})`,
});

const snapshot = (tasks: Task[], replicas = 2, condition = 'none', more: object = {}): Snapshot => ({
  name: 'web',
  service: {
    ID: 's1',
    Version: { Index: 1 },
    Spec: {
      Name: 'duende-web',
      Labels: {
        'dev.duende.state': '/state',
        'dev.duende.name': 'web',
        'dev.duende.swarm': '{"run":1,"startTimeout":1000}',
      },
      TaskTemplate: {
        ContainerSpec: { Image: 'x' },
        RestartPolicy: { Condition: condition },
        ForceUpdate: 0,
      },
      Mode: { Replicated: { Replicas: replicas } },
    },
    ...more,
  } as Service,
  tasks,
  containers: new Map(),
  nodes: new Map([
    ['n1', 'node-a'],
    ['n2', 'node-b'],
  ]),
});

describe('statusOfService', () => {
  it('runs when all replicas do, also on other nodes', () => {
    const status = statusOfService(snapshot([task(1, 'running'), task(2, 'running', {}, { NodeID: 'n2' })]));
    expect(status).toMatchObject({
      state: 'running',
      pid: expect.any(Number),
      startedAt: '2026-01-01T00:00:01.000Z',
    });
    expect(status.message).toBe('web.1 on node-a: running; web.2 on node-b: running');
  });

  it('starts while one of them does not run yet', () => {
    expect(statusOfService(snapshot([]))).toMatchObject({ state: 'starting', message: 'no tasks yet' });
    expect(statusOfService(snapshot([task(1, 'running'), task(2, 'preparing')]))).toMatchObject({
      state: 'starting',
    });
    const pending = task(1, 'pending', { Err: 'no suitable node', ContainerStatus: null }, { NodeID: '' });
    expect(statusOfService(snapshot([pending], 1)).message).toBe('web.1: pending (no suitable node)');
  });

  it('counts restarts, and says how a run ended', () => {
    const tasks = [task(1, 'failed', exited(137)), task(1, 'running')];
    expect(statusOfService(snapshot(tasks, 1, 'any'))).toMatchObject({
      state: 'running',
      restarts: 1,
      lastExit: { signal: 'SIGKILL' },
    });
  });

  it('waits for what swarm has not decided yet', () => {
    const failed = task(1, 'failed', exited(3), { DesiredState: 'running' });
    expect(statusOfService(snapshot([failed], 1, 'on-failure'))).toMatchObject({ state: 'starting' });
  });

  it.each([
    ['none', [task(1, 'complete'), task(2, 'complete')], { state: 'stopped', exit: { code: 0 } }],
    [
      'none',
      [task(1, 'complete'), task(2, 'failed', exited(3))],
      { state: 'failed', reason: 'exit-code', exit: { code: 3 } },
    ],
    [
      'none',
      [task(1, 'failed', exited(139)), task(2, 'complete')],
      { state: 'failed', reason: 'signal', exit: { signal: 'SIGSEGV' } },
    ],
    [
      'on-failure',
      [task(1, 'complete'), task(2, 'failed', exited(3))],
      { state: 'failed', reason: 'restart-limit' },
    ],
    ['any', [task(1, 'complete'), task(2, 'complete')], { state: 'failed', reason: 'restart-limit' }],
    [
      'none',
      [task(1, 'rejected', { Message: 'preparing', Err: 'No such image: x' }), task(2, 'complete')],
      { state: 'failed', reason: 'spawn' },
    ],
    [
      'none',
      [
        task(1, 'failed', { ...exited(1), Err: 'task: non-zero exit (1): unhealthy container' }),
        task(2, 'complete'),
      ],
      { state: 'failed', reason: 'watchdog' },
    ],
  ])('ends with %s %#', (condition, tasks, end) => {
    expect(statusOfService(snapshot(tasks, 2, condition))).toMatchObject(end);
  });

  it('says that swarm has paused an update', () => {
    const tasks = [task(1, 'running')];
    const paused = snapshot(tasks, 1, 'none', { UpdateStatus: { State: 'paused', Message: 'task failed' } });
    expect(statusOfService(paused).message).toContain('update paused: task failed');
  });
});

describe('progressOf', () => {
  it('is done when every replica was executed, also those that have ended', () => {
    expect(progressOf(snapshot([task(1, 'running'), task(2, 'complete')]))).toEqual({ done: true });
    expect(progressOf(snapshot([task(1, 'running'), task(2, 'failed', exited(3))]))).toEqual({ done: true });
    expect(progressOf(snapshot([task(1, 'running')]))).toEqual({ done: false });
    const broken = task(2, 'failed', { ...exited(127), Message: 'starting' });
    expect(progressOf(snapshot([task(1, 'running'), broken]))).toMatchObject({ done: false, failed: broken });
    const old = task(1, 'running', {}, { Spec: { ForceUpdate: 4 } });
    expect(progressOf(snapshot([old], 1))).toMatchObject({ done: false });
  });
});

describe('tasks on other nodes', () => {
  const calls: string[] = [];
  const answers: Record<string, unknown> = {};
  const context = {
    base: '/state',
    engine: { runtime: 'docker', kill: async (id: string) => calls.push(`kill ${id}`) },
    connection: {
      json: async (path: string) => answers[path],
      request: async (path: string) => ({ statusCode: 200, body: { json: async () => answers[path] } }),
    },
  } as unknown as SwarmContext;
  const data = { kind: 'container', runtime: 'swarm', containerId: 's1' } as const;
  const handle: DaemonHandle = { version: 1, name: 'web', platform: 'container', id: 's1.1', data };
  const here = (tasks: Task[]) => {
    Object.assign(answers, {
      '/services/s1': snapshot(tasks).service,
      '/tasks': tasks,
      '/containers/json': [{ Id: tasks[0]?.Status.ContainerStatus?.ContainerID, State: 'running' }],
      '/nodes': [{ ID: 'n2', Description: { Hostname: 'node-b' } }],
    });
  };

  it('gets no signal, and neither do those here', async () => {
    here([task(1, 'running'), task(2, 'running', {}, { NodeID: 'n2' })]);
    await expect(signalService(context, handle, 'TERM')).rejects.toMatchObject({
      code: 'NotSupported',
      message: expect.stringContaining('it has tasks on node-b'),
    });
    expect(calls).toEqual([]);
  });

  it('is not measured', async () => {
    here([task(1, 'running', {}, { NodeID: 'n2' })]);
    Object.assign(answers, { '/containers/json': [] });
    await expect(serviceStats(context, handle)).rejects.toMatchObject({
      code: 'NotSupported',
      message: 'web runs on node-b, and only the tasks of this node can be measured',
    });
  });
});

describe('logs and stats', () => {
  it('gives what is read again only once', () => {
    const cursor = new LogCursor();
    const line = (time: string, stream: 'stdout' | 'stderr' = 'stdout') => ({ time, stream, text: 'x' });
    const first = cursor.reading();
    expect([line('1'), line('2'), line('2')].map(first)).toEqual([true, true, true]);
    const second = cursor.reading();
    expect([line('1'), line('2'), line('1', 'stderr'), line('2'), line('2'), line('3')].map(second)).toEqual([
      false,
      false,
      true,
      false,
      true,
      true,
    ]);
  });

  it('ends a line that was cut where the engine forgets to', () => {
    const frame = (text: string) => ({
      stream: 'stdout' as const,
      data: Buffer.from(`2026-01-01T00:00:00Z ${text}`),
    });
    expect(withLineEnd(frame('short')).data.at(-1)).toBe(10);
    expect(withLineEnd(frame('short\n'))).toEqual(frame('short\n'));
    expect(withLineEnd(frame('x'.repeat(16_384)))).toEqual(frame('x'.repeat(16_384)));
  });

  it('adds up only what all have', () => {
    const time = '2026-01-01T00:00:00Z';
    expect(
      sumStats(
        [
          { time, measured: ['cpuUsec', 'pids'], cpuUsec: 1, pids: 2 },
          { time, measured: ['pids'], pids: 3 },
        ],
        time,
      ),
    ).toEqual({ time, measured: ['pids'], pids: 5 });
  });
});
