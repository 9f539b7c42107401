import { parseSpec } from '@duende/core';
import { describe, expect, test } from 'vitest';
import {
  encodeFrames,
  execError,
  findInPath,
  healthFrames,
  healthPort,
  resolveProgram,
} from '../src/index.ts';

const spec = (health: object) => parseSpec({ name: 'web', program: '/bin/true', health }, 'native');

describe('finding a program', () => {
  test('a bare name in PATH', () => {
    expect(findInPath('sh', '/nowhere:/bin')).toBe('/bin/sh');
    expect(findInPath('sh', 'bin:/nowhere')).toBeUndefined();
  });

  test('an absolute path as it is, a relative one from the folder', () => {
    expect(resolveProgram('/no/such', { platform: 'native' })).toBe('/no/such');
    expect(resolveProgram('./run', { platform: 'native', cwd: '/srv' })).toBe('/srv/run');
  });

  test('a name that is nowhere is an error of that platform', () => {
    expect(() => resolveProgram('no-such-program', { platform: 'linux', path: '/bin' })).toThrow(
      expect.objectContaining({ code: 'SpawnFailed', reason: 'exec-failed', platform: 'linux' }),
    );
  });
});

describe('why it cannot be executed', () => {
  test.each([
    [2, '/no/such', 'SpawnFailed', /Check the path/],
    [2, '/bin/sh', 'SpawnFailed', /interpreter.*or hidden/],
    [13, '/etc/passwd', 'SpawnFailed', /chmod/],
    [8, '/etc/passwd', 'SpawnFailed', /#!/],
    [40, '/loop', 'Config', /program/],
    [7, '/bin/sh', 'Config', /too long/],
  ])('errno %d of %s', (errno, file, code, line) => {
    const error = execError(file, errno, 'native', ', or hidden');
    expect(error.code).toBe(code);
    expect(error.toLine()).toMatch(line);
  });
});

describe('health checks for a helper', () => {
  test('http', () => {
    const http = spec({ type: 'http', url: 'http://localhost:81/up?x=1' });
    expect(healthPort(http)).toBe(81);
    expect(healthFrames(http, undefined, 'native')).toEqual([
      ['healthHost', '127.0.0.1'],
      ['healthRequest', expect.stringMatching(/^GET \/up\?x=1 HTTP\/1\.0\r\nHost: localhost:81\r\n/)],
    ]);
  });

  test('tcp, command, none', () => {
    expect(healthFrames(spec({ type: 'tcp', host: '::1', port: 9 }), undefined, 'native')).toEqual([
      ['healthHost', '::1'],
    ]);
    expect(
      healthFrames(spec({ type: 'command', command: ['test', '-e', '/x'] }), '/bin/test', 'native'),
    ).toEqual([
      ['healthArgument', '/bin/test'],
      ['healthArgument', '-e'],
      ['healthArgument', '/x'],
    ]);
    expect(
      healthFrames(parseSpec({ name: 'web', program: '/bin/true' }, 'native'), undefined, 'native'),
    ).toEqual([]);
  });

  test('a name cannot be resolved by a helper', () => {
    const named = spec({ type: 'tcp', host: 'db.example', port: 9 });
    expect(() => healthFrames(named, undefined, 'linux')).toThrow(
      expect.objectContaining({ code: 'Config', field: 'health.host', platform: 'linux' }),
    );
  });
});

test('frames: a length of the whole, then tag, length, bytes, NUL', () => {
  const bytes = encodeFrames(
    [
      ['program', '/bin/é'],
      ['argument', ''],
    ],
    { program: 5, argument: 6 },
  );
  const word = Buffer.from('/bin/é\0').toString('hex');
  expect(bytes.toString('hex')).toBe(`19000000${'05000000'}07000000${word}${'06000000'}0000000000`);
});
