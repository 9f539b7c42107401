import { describe, expect, test } from 'vitest';
import { stateOf, stateOfListed } from '../src/docker/state.ts';
import { renderStats } from '../src/docker/stats.ts';

const never = '0001-01-01T00:00:00Z';

describe('a container that was asked for', () => {
  test('Docker', () => {
    expect(
      stateOf({
        Id: 'abc',
        Name: '/duende-web',
        Image: 'sha256:1',
        State: {
          Status: 'exited',
          Pid: 0,
          ExitCode: 137,
          OOMKilled: true,
          Error: 'no way',
          StartedAt: '2026-11-24T21:53:16.425212345Z',
          FinishedAt: '2026-11-24T23:53:17+01:00',
        },
        Config: { Labels: { a: 'b' }, Image: 'web:1' },
      }),
    ).toEqual({
      id: 'abc',
      name: 'duende-web',
      labels: { a: 'b' },
      image: 'web:1',
      state: 'exited',
      pid: 0,
      exitCode: 137,
      oomKilled: true,
      startedAt: '2026-11-24T21:53:16.425Z',
      finishedAt: '2026-11-24T22:53:17.000Z',
      error: 'no way',
    });
  });

  test('one that never ran, of an engine of few words', () => {
    const state = { Status: 'created', StartedAt: never, FinishedAt: '0001-01-01T00:00:00.000+00:00' };
    expect(stateOf({ Id: 'abc', Image: 'sha256:1', State: state, Config: { Labels: null } })).toEqual({
      id: 'abc',
      name: '',
      labels: {},
      image: 'sha256:1',
      state: 'created',
      pid: 0,
      exitCode: 0,
      oomKilled: false,
      startedAt: '',
      finishedAt: '',
      error: '',
    });
  });

  test.each([
    ['created', 'created'],
    ['configured', 'created'],
    ['initialized', 'created'],
    ['running', 'running'],
    ['stopping', 'running'],
    ['paused', 'paused'],
    ['restarting', 'restarting'],
    ['removing', 'removing'],
    ['stopped', 'exited'],
    ['exited', 'exited'],
    ['dead', 'dead'],
    ['of a later engine', 'dead'],
  ])('%s is %s', (Status, state) => {
    expect(stateOf({ Id: 'a', State: { Status } }).state).toBe(state);
    expect(stateOfListed({ Id: 'a', State: Status }).state).toBe(state);
  });
});

test('a container of a list', () => {
  const listed = { Id: 'abc', Names: ['/duende-web'], Image: 'web:1', State: 'running', Labels: { a: 'b' } };
  expect(stateOfListed(listed)).toMatchObject({
    id: 'abc',
    name: 'duende-web',
    image: 'web:1',
    state: 'running',
    labels: { a: 'b' },
  });
  expect(stateOfListed({ Id: 'abc', Names: [], Labels: null })).toMatchObject({ name: '', labels: {} });
});

describe('stats', () => {
  const time = '2026-11-24T21:53:16.000Z';
  const render = (stats: object, machine = 1e9) => renderStats(stats, machine, time);

  test('everything, of cgroup v2', () => {
    expect(
      render({
        cpu_stats: { cpu_usage: { total_usage: 1_234_567 } },
        memory_stats: { usage: 1000, limit: 5000, stats: { inactive_file: 300, file: 400 } },
        pids_stats: { current: 3 },
        blkio_stats: {
          io_service_bytes_recursive: [
            { op: 'read', value: 1 },
            { op: 'write', value: 10 },
            { op: 'read', value: 2 },
          ],
        },
      }),
    ).toEqual({
      time,
      measured: ['cpuUsec', 'memoryBytes', 'memoryLimitBytes', 'pids', 'ioReadBytes', 'ioWriteBytes'],
      cpuUsec: 1235,
      memoryBytes: 700,
      memoryLimitBytes: 5000,
      pids: 3,
      ioReadBytes: 3,
      ioWriteBytes: 10,
    });
  });

  test('cgroup v1 has other names', () => {
    const stats = {
      memory_stats: { usage: 1000, stats: { total_inactive_file: 100, inactive_file: 900 } },
      blkio_stats: {
        io_service_bytes_recursive: [
          { op: 'Read', value: 5 },
          { op: 'Total', value: 9 },
        ],
      },
    };
    expect(render(stats)).toMatchObject({ memoryBytes: 900, ioReadBytes: 5, ioWriteBytes: 0 });
  });

  test('what is not measured is not told: it is no zero', () => {
    expect(render({ memory_stats: {}, blkio_stats: { io_service_bytes_recursive: null } })).toEqual({
      time,
      measured: [],
    });
    expect(render({})).toEqual({ time, measured: [] });
  });

  test('zero is a measurement', () => {
    expect(render({ pids_stats: { current: 0 }, memory_stats: { usage: 0 } })).toEqual({
      time,
      measured: ['memoryBytes', 'pids'],
      memoryBytes: 0,
      pids: 0,
    });
  });

  test('the memory of the whole machine is no limit, and memory is never negative', () => {
    expect(render({ memory_stats: { usage: 1, limit: 1e9 } })).not.toHaveProperty('memoryLimitBytes');
    expect(render({ memory_stats: { usage: 1, limit: 2 ** 63 } })).not.toHaveProperty('memoryLimitBytes');
    expect(render({ memory_stats: { usage: 1, stats: { inactive_file: 5 } } }).memoryBytes).toBe(1);
  });
});
