import { describe, expect, test } from 'vitest';
import { parseArguments } from '../src/cli/arguments.ts';
import type { Command } from '../src/cli/command.ts';
import { command as logs } from '../src/cli/commands/logs.ts';
import { command as run } from '../src/cli/commands/run.ts';
import { command as signal } from '../src/cli/commands/signal.ts';
import { command as status } from '../src/cli/commands/status.ts';
import { readRunSpec } from '../src/cli/run-spec.ts';
import { exitCodeOf } from '../src/cli/usage.ts';

const mebibyte = 1024 ** 2;

function refusal(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    expect(exitCodeOf(error)).toBe(2);
    return (error as { toLine(): string }).toLine();
  }
  throw new Error('it was accepted');
}

describe('parseArguments', () => {
  test.each([
    [['--name', 'web', '-f', '-n', '20']],
    [['web', '-fn20']],
    [['--name=web', '--follow', '--tail=20']],
    [['-n', '20', 'web', '-f']],
  ])('reads %j', (argv) => {
    const args = parseArguments(logs, argv);
    expect(args.text('name')).toBe('web');
    expect(args.has('follow')).toBe(true);
    expect(args.number('tail')).toBe(20);
    expect(args.has('json')).toBe(false);
    expect(args.program).toBeUndefined();
  });

  test('what may stand without its option goes to those that are missing', () => {
    expect(parseArguments(signal, ['web', '15']).text('signal')).toBe('15');
    const mixed = parseArguments(signal, ['--signal', 'TERM', 'web']);
    expect([mixed.text('name'), mixed.text('signal')]).toEqual(['web', 'TERM']);
  });

  test('keeps what follows -- as it is', () => {
    const program = ['node', '--name', 'x', '--', '', '-h', '$HOME\n'];
    const args = parseArguments(run, ['--name', 'web', '--', ...program]);
    expect(args.program).toEqual(program);
    expect(args.has('help')).toBe(false);
  });

  test.each<[Command, string[], RegExp]>([
    [status, [], /status needs --name\. Example: pepita status --name web/],
    [status, ['--name'], /--name needs a value: --name NAME/],
    [status, ['--name', '--json'], /--name needs a value.*--name=--json/],
    [status, ['web', 'more'], /Unexpected argument "more"\. See pepita status --help/],
    [status, ['--nmae', 'web'], /Unknown option "--nmae"\. See pepita status --help/],
    [status, ['web', '--json=yes'], /--json takes no value, got "yes"/],
    [status, ['web', '--', 'ls'], /Unexpected --\. See/],
    [status, ['--name', 'a', '--name', 'b'], /--name was given twice/],
    [signal, ['web'], /signal needs --signal\. Example/],
    [signal, ['web', '99'], /SIGNAL: expected one of TERM, KILL.*got "99"/],
    [signal, ['web', '--signal', 'WINCH'], /--signal: expected one of/],
    [logs, ['web', '-n', 'all'], /-n: expected a whole number, got "all"/],
    [run, ['ls'], /Unexpected argument "ls"\. The program goes behind --: pepita run \.\.\. -- ls/],
    [run, ['--memory', '64 apples'], /--memory: expected a size such as 256M, or a number of MiB/],
    [run, ['--publish', '80:90:100'], /--publish: expected GUEST, HOST:GUEST/],
    [run, ['--env', '=x'], /--env: expected NAME=VALUE/],
    [run, ['--user', 'nobody'], /--user: expected UID or UID:GID/],
    [run, ['--accel', 'hvf'], /--accel: expected kvm or tcg/],
    [run, ['--vmm', 'vmware'], /--vmm: expected one of qemu, firecracker, cloud-hypervisor, got "vmware"/],
    [run, ['--restart', 'sometimes'], /--restart: expected one of never/],
    [run, ['--network', 'host'], /--network: expected none or user/],
  ])('%#', (command, argv, line) => {
    expect(refusal(() => parseArguments(command, argv))).toMatch(line);
  });
});

const specOf = (...argv: string[]) => readRunSpec(parseArguments(run, argv), '/home/me');

describe('readRunSpec', () => {
  test('the flags of the original', () => {
    const argv = [
      '--kernel',
      'k/vmlinux',
      '--rootfs',
      '/r.img',
      '--vsock-cid',
      '7',
      '--memory',
      '512',
      '--cpus',
      '2',
    ];
    expect(specOf(...argv, '--name', 'web', '--daemon', '--', 'sbin/start', '-x')).toEqual({
      name: 'web',
      program: 'sbin/start',
      args: ['-x'],
      restart: 'never',
      platform: {
        pepita: {
          kernel: '/home/me/k/vmlinux',
          rootfs: '/r.img',
          vsockCid: 7,
          memory: 512 * mebibyte,
          vcpus: 2,
        },
      },
    });
  });

  test('another VMM', () => {
    expect(specOf('--vmm', 'firecracker', '--', 'ls').platform).toEqual({ pepita: { vmm: 'firecracker' } });
  });

  test('everything else', () => {
    const argv = [
      '--memory=1G',
      '--file',
      'app',
      '--file',
      '/etc/motd',
      '--publish',
      '8080:80',
      '--publish',
      '53/udp',
    ];
    const more = [
      '-e',
      'A=b=c',
      '-e',
      'E=',
      '--cwd',
      '/app',
      '-u',
      '7:8',
      '--restart',
      'always',
      '--network',
      'user',
    ];
    expect(
      specOf('--name', 'web', ...argv, ...more, '--read-only', '--no-template', '--', './start'),
    ).toEqual({
      name: 'web',
      program: '/home/me/start',
      args: [],
      env: { A: 'b=c', E: '' },
      cwd: '/app',
      user: 7,
      group: 8,
      restart: 'always',
      platform: {
        pepita: {
          memory: 1024 * mebibyte,
          files: ['/home/me/app', '/etc/motd'],
          ports: [
            { host: 8080, guest: 80, protocol: 'tcp' },
            { host: 53, guest: 53, protocol: 'udp' },
          ],
          network: 'user',
          overlay: false,
          template: false,
        },
      },
    });
  });

  test('a name is made up for whoever gives none', () => {
    const [one, other] = [specOf('--', 'ls').name, specOf('--', 'ls').name];
    expect(one).toMatch(/^run-[0-9a-f]{8}$/);
    expect(other).not.toBe(one);
  });

  test.each<[string[], RegExp]>([
    [[], /nothing to run: expected -- CMD ARG/],
    [['--'], /nothing to run/],
    [['--', ''], /nothing to run/],
    [['--rootfs', '/r.img'], /The init of a root file system is not run.*Give the program after --/],
    [['--memory', '64', '--', 'ls'], /--memory: expected 80M or more, got "64"/],
    [['--cpus', '0', '--', 'ls'], /--cpus: expected 1 to 64, got 0/],
    [['--vsock-cid', '2', '--', 'ls'], /--vsock-cid: expected 3 or more, got 2/],
    [['--publish', '0:80', '--', 'ls'], /--publish: expected ports from 1 to 65535/],
    [['--daemon', '--rm', '--', 'ls'], /--rm does not go with --daemon/],
  ])('%#', (argv, line) => {
    expect(refusal(() => specOf(...argv))).toMatch(line);
  });
});
