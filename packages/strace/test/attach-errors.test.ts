import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { PlatformError } from '@duende/core';
import { describe, expect, test } from 'vitest';
import { permissionHint } from '../src/attach-errors.ts';
import { checkOptions } from '../src/attach-options.ts';
import { attachStrace, installHint } from '../src/index.ts';
import { cleanUp, expectUntouched, field, requireStrace, startNode } from './targets.ts';

requireStrace();
cleanUp();

const platform = 'native';
const idle = 'setInterval(() => {}, 1000)';

async function failure(promise: Promise<unknown>): Promise<PlatformError> {
  const error = await promise.then(
    () => new Error('it did not fail'),
    (reason: unknown) => reason,
  );
  if (PlatformError.isInstance(error)) return error;
  throw error;
}

test('strace is not installed', async () => {
  const { pid } = await startNode(idle);
  const error = await failure(attachStrace({ pid, platform, stracePath: '/nowhere/strace' }));
  expect(error).toMatchObject({
    code: 'TracerFailed',
    reason: 'unavailable',
    platform,
    operation: 'attachTracer',
  });
  expect(error.toLine()).toMatch(/^strace is not installed at \/nowhere\/strace\. Install /);
  await expectUntouched(pid);
});

test('the process is gone, or ended and not yet waited for', async () => {
  const ended = spawnSync('true');
  const error = await failure(attachStrace({ pid: ended.pid, platform }));
  expect(error).toMatchObject({ code: 'TracerFailed', reason: 'not-running' });
});

test('of several processes, those that are gone are left out', async () => {
  const gone = spawnSync('true').pid;
  const { pid } = await startNode(idle);
  const trace = await attachStrace({ pids: [gone, pid], platform });
  expect(field(pid, 'TracerPid')).not.toBe('0');
  await trace.detach();
});

test('another tracer is named, and not disturbed', async () => {
  const { pid } = await startNode(idle);
  const first = await attachStrace({ pid, platform });
  const tracer = field(pid, 'TracerPid');
  const error = await failure(attachStrace({ pid, platform }));
  expect(error).toMatchObject({ code: 'TracerFailed', reason: 'unavailable' });
  expect(error.toLine()).toContain(`already traced by strace (process ${tracer})`);
  expect(field(pid, 'TracerPid')).toBe(tracer);
  await first.detach();
  await expectUntouched(pid);
});

test('not permitted: says whose process it is', () => {
  // As nobody when this is root; otherwise process 1 belongs to another user anyway.
  const nobody = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
  const script = fileURLToPath(new URL('attach-as-other.ts', import.meta.url));
  const result = spawnSync(process.execPath, [script, '1'], { ...nobody, encoding: 'utf8' });
  expect(result.stderr).toBe('');
  expect(JSON.parse(result.stdout)).toMatchObject({
    code: 'TracerFailed',
    reason: 'permission-denied',
    message: 'Tracing process 1 is not permitted',
    hint: expect.stringContaining('It runs as uid 0'),
  });
});

describe('settings', () => {
  test.each([
    [{ pid: 0 }, 'pid'],
    [{ pid: -1 }, 'pid'],
    [{ pid: 1.5 }, 'pid'],
    [{}, 'pid'],
    [{ pid: process.pid }, 'pid'],
    [{ pid: 1, calls: [] }, 'calls'],
    [{ pid: 1, calls: ['openat', 'a,b'] }, 'calls'],
    [{ pid: 1, calls: ['!openat'] }, 'calls'],
  ])('%j is refused', async (options, field) => {
    expect(await failure(attachStrace({ ...options, platform }))).toMatchObject({ code: 'Config', field });
  });

  test('a call that this machine does not have is refused by strace', async () => {
    const { pid } = await startNode(idle);
    const error = await failure(attachStrace({ pid, platform, calls: ['opennat'] }));
    expect(error).toMatchObject({ code: 'Config', field: 'calls' });
    expect(error.message).toContain('opennat');
  });

  test('other systems than Linux', () => {
    expect(() => checkOptions({ pid: 1, platform: 'macos' }, 'darwin')).toThrow(
      expect.objectContaining({ code: 'NotSupported', reason: 'unavailable' }),
    );
  });
});

test.each([
  ['ID=debian', 'apt-get install strace'],
  ['ID="ubuntu"\nID_LIKE=debian', 'apt-get install strace'],
  ['ID=pop\nID_LIKE="ubuntu debian"', 'apt-get install strace'],
  ['NAME=x\nID=fedora', 'dnf install strace'],
  ['ID="rocky"\nID_LIKE="rhel centos fedora"', 'dnf install strace'],
  ['ID=alpine', 'apk add strace'],
  ['ID=manjaro\nID_LIKE=arch', 'pacman -S strace'],
  ['ID="opensuse-tumbleweed"\nID_LIKE="opensuse suse"', 'zypper install strace'],
  ['', 'Install the package strace of this system'],
])('%j: %s', (osRelease, hint) => expect(installHint(osRelease)).toContain(hint));

test.each([
  [{ ownUid: 1000, uid: 0, scope: 0 }, 'It runs as uid 0 and this as uid 1000'],
  [{ ownUid: 1000, uid: 1000, scope: 1 }, 'ptrace_scope is 1 (only the parent'],
  [{ ownUid: 1000, uid: 1000, scope: 2 }, 'ptrace_scope is 2 (only root may trace)'],
  [{ ownUid: 0, uid: 0, scope: 3 }, 'ptrace_scope is 3: nobody'],
  [{ ownUid: 0, uid: 1000, scope: undefined }, 'CAP_SYS_PTRACE'],
  [{ ownUid: 1000, uid: 1000, scope: undefined }, 'untraceable'],
])('%j', (evidence, hint) => expect(permissionHint(evidence)).toContain(hint));
