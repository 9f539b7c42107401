import { parseSpec } from '@duende/core';
import { describe, expect, test } from 'vitest';
import { engineRefusal, initError, silentEnd } from '../src/spawn-error.ts';

const specOf = (more: object = {}) => parseSpec({ name: 'web', program: '/bin/x', ...more }, 'container');
const spec = specOf({ user: 'nosuch', group: 'none', cwd: '/srv' });

describe('what the init says', () => {
  test.each<[string, object]>([
    [
      'exec 2',
      {
        code: 'SpawnFailed',
        reason: 'exec-failed',
        field: 'program',
        message: /Cannot execute \/bin\/x: no such file/,
      },
    ],
    ['exec 13', { code: 'SpawnFailed', reason: 'exec-failed', field: 'program', hint: /chmod \+x/ }],
    ['exec 8', { code: 'SpawnFailed', reason: 'exec-failed', hint: /first line/ }],
    ['exec 7', { code: 'Config', field: 'args' }],
    ['exec 40', { code: 'Config', field: 'program' }],
    [
      'cwd 2',
      {
        code: 'SpawnFailed',
        reason: 'exec-failed',
        field: 'cwd',
        message: /cannot enter \/srv: no such file/,
        hint: /in the container/,
      },
    ],
    ['cwd 40', { code: 'Config', reason: 'invalid-setting', field: 'cwd' }],
    ['timeout 0', { code: 'SpawnFailed', reason: 'timeout', message: /not ready within 30000 ms$/ }],
    ['timeout 0 port 80 in use', { reason: 'timeout', message: /; its last line was: port 80 in use$/ }],
    [
      'exited-code 3 no config',
      {
        reason: 'exec-failed',
        message: /exited with code 3 before it was ready; its last line was: no config$/,
      },
    ],
    ['exited-signal 11', { reason: 'exec-failed', message: /was ended by signal 11 before it was ready$/ }],
    [
      'log 28',
      { code: 'SpawnFailed', reason: 'engine-error', message: /\(log\): no space left/, hint: /disk space/ },
    ],
    ['state 13', { reason: 'engine-error', message: /\(state\): permission denied/ }],
    ['', { reason: 'engine-error', message: /\(unknown\)/ }],
    ['what is this', { reason: 'engine-error', message: /what is this/ }],
    // An errno that a newer kernel may have.
    ['exec 9999', { reason: 'exec-failed' }],
  ])('%j', (line, expected) => {
    const wanted = Object.entries(expected).map(([name, value]) => [
      name,
      value instanceof RegExp ? expect.stringMatching(value) : value,
    ]);
    expect(initError(line, spec, '/bin/x')).toMatchObject({
      platform: 'container',
      operation: 'spawn',
      ...Object.fromEntries(wanted),
    });
  });

  test('words of the daemon are kept as they are, over several lines in one', () => {
    expect(initError('exited-code 1 a  b\nc', spec, '/bin/x').toLine()).toContain('last line was: a  b c');
  });
});

test('an end without a word', () => {
  expect(silentEnd(spec, 137, true)).toMatchObject({ code: 'Config', field: 'resources.memoryMax' });
  expect(silentEnd(spec, 127, false)).toMatchObject({
    code: 'SpawnFailed',
    reason: 'engine-error',
    message: expect.stringContaining('code 127'),
    hint: expect.stringContaining('DUENDE_STATE_DIR'),
  });
});

describe('what engines refuse, by the setting at fault', () => {
  test.each<[string, string, string]>([
    ['Docker', 'unable to find user nosuch: no matching entries in passwd file', 'user'],
    ['Podman', 'unable to find user nosuch: no matching entries in passwd file', 'user'],
    ['Docker', 'unable to find group none: no matching entries in group file', 'group'],
    ['Podman', 'unable to find group none: no matching entries in group file', 'group'],
    ['Docker', 'Minimum memory limit allowed is 6MB', 'resources.memoryMax'],
    ['runc', 'OCI runtime create failed: container_linux.go: memory limit too low', 'resources.memoryMax'],
    [
      'runc',
      'error setting rlimits for ready process: error setting rlimit type 7: operation not permitted',
      'resources.openFilesMax',
    ],
    ['crun', 'setrlimit `RLIMIT_MEMLOCK`: Operation not permitted', 'resources.lockMemory'],
    ['Docker', 'network nosuch not found', 'platform.container.network'],
    [
      'Podman',
      'unable to find network with name or ID nosuch: network not found',
      'platform.container.network',
    ],
    ['Docker', 'invalid CapAdd: unknown capability: "CAP_NOSUCH"', 'sandbox.capabilities'],
    ['Podman', 'unknown capability "CAP_NOSUCH"', 'sandbox.capabilities'],
    ['Docker', 'Decoding seccomp profile failed: invalid character', 'sandbox.seccomp'],
    ['Docker', 'Bind for 127.0.0.1:80 failed: port is already allocated', 'platform.container.ports'],
    [
      'Podman',
      'rootlessport listen tcp 127.0.0.1:80: bind: address already in use',
      'platform.container.ports',
    ],
    [
      'Docker',
      'invalid mount config for type "bind": bind source path does not exist: /nosuch',
      'platform.container.mounts',
    ],
  ])('%s: %s', (_, message, field) => {
    expect(engineRefusal(message, spec)).toMatchObject({ platform: 'container', operation: 'spawn', field });
  });

  test('a state folder that the engine does not see is not taken for a mount of the user', () => {
    const message = (path: string) =>
      `invalid mount config for type "bind": bind source path does not exist: ${path}`;
    const own = '/home/me/.local/state/duende/container/docker/k/run';
    const base = '/home/me/.local/state/duende/container/docker';
    expect(engineRefusal(message(own), spec, base)).toMatchObject({ field: 'DUENDE_STATE_DIR' });
    const mounted = specOf({ platform: { container: { mounts: [{ source: '/nosuch' }] } } });
    expect(engineRefusal(message(own), mounted, base)).toMatchObject({ field: 'DUENDE_STATE_DIR' });
    expect(engineRefusal(message('/nosuch'), mounted, base)).toMatchObject({
      field: 'platform.container.mounts',
    });
  });

  test.each(['something else', 'exec: "/bin/x": permission denied', ''])('%j is none of them', (message) => {
    expect(engineRefusal(message, spec)).toBeUndefined();
  });
});
