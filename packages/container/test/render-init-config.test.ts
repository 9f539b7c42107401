import { parseSpec } from '@duende/core';
import { bootId, encodeFrames, type InitInput, initFrames, initTags } from '@duende/program';
import { describe, expect, test } from 'vitest';

const id = '4286f30c-ff71-40c4-92f1-dec51771c4c7';

const frames = (given: object = {}, over: Partial<InitInput> = {}) =>
  initFrames({
    platform: 'container',
    id,
    spec: parseSpec({ name: 'web', program: '/bin/sleep', ...given }, 'container'),
    program: '/bin/sleep',
    argv: ['/bin/sleep', '60', ''],
    engineRestarts: false,
    ...over,
  });

const numbers = (...given: Parameters<typeof frames>): Record<string, number> =>
  Object.fromEntries(
    frames(...given)
      .filter(([tag]) => tag === 'number')
      .map(([, text]) => text.split('='))
      .map(([name = '', value]) => [name, Number(value)]),
  );

const values = (tag: string, ...given: Parameters<typeof frames>): string[] =>
  frames(...given)
    .filter(([name]) => name === tag)
    .map(([, value]) => value);

test('the least that there is', () => {
  expect(frames()).toEqual([
    ['name', 'web'],
    ['id', id],
    ['bootId', bootId()],
    ['program', '/bin/sleep'],
    ['cwd', '/'],
    ['argument', '/bin/sleep'],
    ['argument', '60'],
    ['argument', ''],
    ['number', 'restart_policy=0'],
    ['number', 'restart_delay=100'],
    ['number', 'restart_factor_milli=2000'],
    ['number', 'restart_max_delay=30000'],
    ['number', 'restart_max=10'],
    ['number', 'restart_window=60000'],
    ['number', 'stop_signal=15'],
    ['number', 'stop_timeout=10000'],
    ['number', 'start_timeout=30000'],
    ['number', 'notify=0'],
    ['number', 'capture_log=2'],
    ['number', 'log_max_size=10485760'],
    ['number', 'log_files=5'],
  ]);
});

test('everything of the spec', () => {
  const given = {
    cwd: '/srv/ä b',
    restart: {
      policy: 'on-failure',
      delay: '200ms',
      factor: 1.5,
      maxDelay: '2s',
      maxRestarts: 0,
      window: '1m',
    },
    stopSignal: 'USR1',
    stopTimeout: 0,
    startTimeout: '5s',
    readiness: 'notify',
    logs: { maxSize: '1M', files: 1 },
  };
  expect(values('cwd', given)).toEqual(['/srv/ä b']);
  expect(numbers(given)).toEqual({
    restart_policy: 1,
    restart_delay: 200,
    restart_factor_milli: 1500,
    restart_max_delay: 2000,
    restart_max: 0,
    restart_window: 60_000,
    stop_signal: 10,
    stop_timeout: 0,
    start_timeout: 5000,
    notify: 1,
    capture_log: 2,
    log_max_size: 1_048_576,
    log_files: 1,
  });
});

test.each([
  ['never', 0],
  ['on-failure', 1],
  ['always', 2],
  ['unless-stopped', 3],
])('the policy %s is %d', (restart, number) => {
  expect(numbers({ restart }).restart_policy).toBe(number);
});

test.each([
  ['TERM', 15],
  ['INT', 2],
  ['HUP', 1],
  ['QUIT', 3],
  ['USR1', 10],
  ['USR2', 12],
  ['KILL', 9],
])("the signal %s is Linux's %d, wherever this runs", (stopSignal, number) => {
  expect(numbers({ stopSignal }).stop_signal).toBe(number);
});

test('it is told when the engine restarts the container, too', () => {
  expect(numbers({}, { engineRestarts: true })).toMatchObject({ engine_restarts: 1 });
  expect(numbers()).not.toHaveProperty('engine_restarts');
});

describe('health', () => {
  const times = { interval: '1s', timeout: '2s', retries: 3, startPeriod: '4s' };

  test('a command, by the file that was found', () => {
    const health = { type: 'command', command: ['check', '-v', 'a b'], ...times };
    expect(values('healthArgument', { health }, { healthCommand: '/usr/bin/check' })).toEqual([
      '/usr/bin/check',
      '-v',
      'a b',
    ]);
    expect(numbers({ health }, { healthCommand: 'x' })).toMatchObject({
      health_type: 1,
      health_interval: 1000,
      health_timeout: 2000,
      health_retries: 3,
      health_start_period: 4000,
    });
    expect(numbers({ health }, { healthCommand: 'x' })).not.toHaveProperty('health_port');
  });

  test('http', () => {
    const health = { type: 'http', url: 'http://localhost:8080/a?b=c', ...times };
    expect(numbers({ health })).toMatchObject({ health_type: 2, health_port: 8080 });
    expect(values('healthHost', { health })).toEqual(['127.0.0.1']);
    expect(values('healthRequest', { health })[0]).toMatch(
      /^GET \/a\?b=c HTTP\/1\.0\r\nHost: localhost:8080\r\n/,
    );
  });

  test('tcp', () => {
    const health = { type: 'tcp', host: '::1', port: 5432, ...times };
    expect(numbers({ health })).toMatchObject({ health_type: 3, health_port: 5432 });
    expect(values('healthHost', { health })).toEqual(['::1']);
  });

  test('a name that a static init cannot look up is refused', () => {
    const health = { type: 'tcp', host: 'db.example.org', port: 1 };
    expect(() => frames({ health })).toThrow(
      expect.objectContaining({ code: 'Config', field: 'health.host' }),
    );
  });
});

test('every frame has a tag that the init knows', () => {
  const health = { type: 'http', url: 'http://127.0.0.1/' };
  const bytes = encodeFrames(frames({ health }), initTags);
  const read: [number, string][] = [];
  for (let at = 4; at < bytes.length; ) {
    const length = bytes.readUInt32LE(at + 4);
    read.push([bytes.readUInt32LE(at), bytes.toString('utf8', at + 8, at + 8 + length)]);
    at += length + 9;
  }
  expect(read).toEqual(frames({ health }).map(([tag, value]) => [initTags[tag], value]));
  expect(bytes.readUInt32LE(0)).toBe(bytes.length - 4);
});
