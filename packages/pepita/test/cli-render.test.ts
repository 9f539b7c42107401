import { PlatformError } from '@duende/core';
import { describe, expect, test } from 'vitest';
import { ownExitCode } from '../src/cli/attach.ts';
import { formatDoctor } from '../src/cli/commands/doctor.ts';
import { formatList } from '../src/cli/commands/list.ts';
import { describeNetwork, formatStatus } from '../src/cli/describe.ts';
import type { VmDocument } from '../src/cli/find-vm.ts';
import { errorLine, exitCodeOf } from '../src/cli/usage.ts';

const plain = { color: (_: string, text: string) => text };
const web = {
  name: 'web',
  vmId: 'duende-vm-web',
  vsockCid: 3,
  state: 'running',
  pid: 4001,
  startedAt: new Date(Date.now() - 90_000).toISOString(),
  restarts: 0,
  vcpus: 2,
  memory: 256 * 1024 ** 2,
  network: { outbound: false, ports: [{ protocol: 'tcp', hostPort: 8080, guestPort: 80 }] },
} satisfies VmDocument;
const failed = { name: 'job', vmId: 'duende-vm-job', vsockCid: 4, restarts: 1, state: 'failed' } as const;

describe('what is printed', () => {
  test('a table whose lines have the names of the VMs', () => {
    const job: VmDocument = { ...failed, reason: 'exit-code', exit: { code: 3 }, message: 'two\nlines' };
    const [head, ...lines] = formatList([job, web], plain).split('\n');
    expect(head).toMatch(/^VM +NAME +STATE +CPUS +MEMORY +CID +RESTARTS +UPTIME +MESSAGE$/);
    expect(lines[0]).toMatch(
      /^duende-vm-job +job +failed +- +- +4 +1 +- +ended with an error \(exit code 3\); two lines$/,
    );
    expect(lines[1]).toMatch(/^duende-vm-web +web +running +2 +256M +3 +0 +1m 30s$/);
  });

  test('a status', () => {
    const text = formatStatus({
      ...web,
      vmm: { kind: 'qemu', pid: 77, restarts: 0, rssBytes: 2 * 1024 ** 2 },
    });
    expect(text).toContain('VM:               duende-vm-web (CID 3)\n');
    expect(text).toContain('State:            running\n');
    expect(text).toMatch(/Started: .*\(1m 30s ago\)/);
    expect(text).toContain('Network:          incoming only, 127.0.0.1:8080->80/tcp\n');
    expect(text).toContain('Process:          QEMU, PID 77, 2M resident, ? of its own share');
    expect(describeNetwork(undefined)).toBe('none');
    expect(describeNetwork({ outbound: true, ports: [] })).toBe('user');
  });

  test('a doctor, with what to do below each line', () => {
    const checks = [
      { ok: false, title: 'QEMU', text: 'There is none', fix: 'Install it' },
      { ok: true, warning: true, title: 'KVM', text: 'slow' } as const,
      { ok: true, title: 'Disk', text: 'much' },
    ];
    expect(formatDoctor({ ok: false, stateDirectory: '/x', checks }, plain).split('\n')).toEqual([
      'FAIL QEMU: There is none',
      '     Install it',
      '!    KVM: slow',
      'ok   Disk: much',
      '',
      'No VM can be started here',
    ]);
  });
});

test.each<[VmDocument, number]>([
  [{ ...failed, state: 'stopped', exit: { code: 0 } }, 0],
  [{ ...failed, reason: 'exit-code', exit: { code: 7 } }, 7],
  [{ ...failed, reason: 'signal', exit: { signal: 'SIGSEGV' } }, 139],
  [{ ...failed, reason: 'oom', exit: { signal: 'SIGKILL' } }, 137],
  [{ ...failed, reason: 'lost' }, 1],
])('the exit code of %j', (status, code) => {
  expect(ownExitCode(status)).toBe(code);
});

describe('errors', () => {
  const error = (
    code: 'StatusFailed' | 'SpawnFailed' | 'Config',
    reason: 'not-found' | 'unavailable',
    hint?: string,
  ) => new PlatformError(code, 'It\nfailed', { reason, hint });

  test('are one line, with the commands of this program', () => {
    expect(errorLine(error('StatusFailed', 'not-found', 'duende ps lists them'))).toBe(
      'It failed. pepita list lists them',
    );
    expect(errorLine(error('StatusFailed', 'not-found', 'Let it go on first: duende signal web CONT'))).toBe(
      'It failed. Let it go on first: pepita resume --name web',
    );
    expect(errorLine(error('SpawnFailed', 'not-found', 'Stop it first (duende stop web), or choose'))).toBe(
      'It failed. Stop it first (pepita destroy --name web --force), or choose',
    );
    expect(errorLine(new Error('a\u001B[1mb'))).toMatch(
      /^Unexpected error: a .*b\. Run it again with --verbose/,
    );
  });

  test('have the exit codes of duende', () => {
    expect(exitCodeOf(error('StatusFailed', 'not-found'))).toBe(3);
    expect(exitCodeOf(error('SpawnFailed', 'not-found'))).toBe(1);
    expect(exitCodeOf(error('SpawnFailed', 'unavailable'))).toBe(69);
    expect(exitCodeOf(new PlatformError('Config', 'x', { reason: 'invalid-setting' }))).toBe(2);
    expect(exitCodeOf(new Error('x'))).toBe(1);
  });
});
