import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  openSocketPath,
  parseCpuTime,
  parseProcess,
  parseStartTime,
  readStat,
  readStatByPs,
} from '@duende/program';
import { execa } from 'execa';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { nativeCapabilities } from '../src/capabilities.ts';
import { NativeAdapter } from '../src/index.ts';
import { findSupervisor } from '../src/supervisor-command.ts';
import { makeStateDirectory } from './harness.ts';

afterEach(() => vi.unstubAllEnvs());

const machine = (platform: string, arch: string) => ({ platform, arch, path: '/bin' });

describe('which supervisor', () => {
  test.each([
    ['linux', 'x64', 'prebuilt', true],
    ['linux', 'riscv64', 'perl', true],
    ['linux', 's390x', 'perl', false],
    ['darwin', 'arm64', 'perl', false],
    ['freebsd', 'x64', 'perl', false],
    ['win32', 'x64', 'none', undefined],
  ])('%s-%s: %s', (platform, arch, kind, systemCalls) => {
    const found = findSupervisor(undefined, machine(platform, arch));
    expect(found.kind).toBe(kind);
    if (found.kind !== 'none') expect(found.systemCalls).toBe(systemCalls);
  });

  test('it can be forced by option and variable, the option first', () => {
    expect(findSupervisor('perl').kind).toBe('perl');
    vi.stubEnv('DUENDE_NATIVE_SUPERVISOR', 'perl');
    expect(findSupervisor().kind).toBe('perl');
    expect(findSupervisor('prebuilt').kind).toBe('prebuilt');
    expect(findSupervisor('prebuilt', machine('darwin', 'x64')).kind).toBe('none');
  });

  test('a variable that names none is a Config error, and makes probe() say so', async () => {
    vi.stubEnv('DUENDE_NATIVE_SUPERVISOR', 'python');
    expect(() => findSupervisor()).toThrow('expected prebuilt or perl, got "python"');
    const found = await new NativeAdapter().probe();
    expect(found).toMatchObject({ available: false, fix: expect.stringContaining('Unset it') });
  });

  test('Windows is told what is missing and what to do', () => {
    const found = findSupervisor(undefined, machine('win32', 'x64'));
    expect(found).toMatchObject({
      why: expect.stringContaining('POSIX'),
      fix: expect.stringContaining('WSL'),
    });
    const can = nativeCapabilities(found);
    expect(can.daemons.program).toMatchObject({ supported: false, why: expect.stringContaining('POSIX') });
    expect(can.stats).toEqual([]);
  });

  test('probe() names the Perl supervisor and what it costs', async () => {
    const found = await new NativeAdapter({ supervisor: 'perl' }).probe();
    expect(found).toMatchObject({ available: true, engine: 'supervise.pl', version: '1' });
    expect(found.available && found.warnings?.[0]).toMatch(/Perl process of about 5 MB/);
    const portable = await new NativeAdapter({ supervisor: 'perl-portable' }).probe();
    expect(portable.available && portable.warnings?.[1]).toMatch(/outlive a stop/);
  });

  test('capabilities follow the supervisor', () => {
    const perl = new NativeAdapter({ supervisor: 'perl' }).capabilities;
    expect(perl.managerKill).toMatchObject({ supported: false });
    expect(perl.resources.memoryMax).toMatchObject({ supported: false });
    expect(perl.resources.openFilesMax.supported).toBe(true);
    const portable = new NativeAdapter({ supervisor: 'perl-portable' }).capabilities;
    expect(portable.resources.openFilesMax.supported).toBe(false);
    expect(portable.sandbox.noNewPrivileges.supported).toBe(false);
    expect(new NativeAdapter({ supervisor: 'prebuilt' }).capabilities.managerKill.supported).toBe(true);
  });
});

describe('what the script needs of Perl', () => {
  const folder = fileURLToPath(new URL('../supervisor', import.meta.url));
  const perl = async (source: string, ...args: string[]) =>
    (await execa('perl', ['-w', '-e', source, ...args])).stdout.split('\n');

  test('no module but those of perl-base, and no warning', async () => {
    const source = 'my $script = shift; @ARGV = ("version"); do $script; print "$_\\n" for sort keys %INC';
    const { stdout, stderr } = await execa('perl', ['-w', '-e', source, `${folder}/supervise.pl`]);
    const others = stdout.split('\n').filter((name) => !name.startsWith(folder) && name !== '1');
    const known =
      /^(Config|Errno|Exporter|Exporter\/Heavy|Carp|Fcntl|POSIX|Socket|XSLoader|Tie\/Hash|constant|overload|overloading|builtin|strict|vars|warnings|warnings\/register|bytes|re)\.p[ml]$/;
    expect(others.filter((name) => !known.test(name))).toEqual([]);
    expect(stderr).toBe('');
  });

  const clock =
    'require "$ARGV[0]/perl/System.pm"; my $a = Duende::System::now_ms(); select undef, undef, undef, 0.2; print Duende::System::now_ms() - $a, "\\n", Duende::System::wall_ms(), "\\n"';

  test.each([
    ['system calls', `Duende::System::use_calls(); `],
    ['Time::HiRes', ''],
    ['neither', 'unshift @INC, sub { die if $_[1] eq "Time/HiRes.pm" }; '],
  ])('a clock that goes, by %s', async (_, prelude) => {
    const [elapsed, wall] = await perl(clock.replace('; my', `; ${prelude}my`), folder);
    expect(Number(elapsed)).toBeGreaterThanOrEqual(180);
    expect(Number(elapsed)).toBeLessThan(5000);
    expect(Math.abs(Number(wall) - Date.now())).toBeLessThan(5000);
  });
});

describe('the control socket of a folder with a long path', () => {
  test.each(['linux', 'darwin'])('as on %s', async (platform) => {
    const folder = join(makeStateDirectory(), 'x'.repeat(120));
    mkdirSync(folder);
    const server = createServer((socket) => socket.end('hello'));
    const short = openSocketPath(folder, platform);
    if (!short) throw new Error('the folder is there');
    await new Promise<void>((resolve) => server.listen(short.path, resolve));
    const socket = connect(short.path).setEncoding('utf8');
    expect(await new Promise((resolve) => socket.once('data', resolve))).toBe('hello');
    await new Promise((resolve) => server.close(resolve));
    short.close();
    expect(existsSync(short.path)).toBe(false);
    rmSync(dirname(folder), { recursive: true });
    expect(openSocketPath(join(folder, 'gone'), 'linux')).toBeUndefined();
  });
});

describe('processes by ps(1)', () => {
  test.each([
    ['0:00.03', 3],
    ['12:34.56', 75_456],
    ['00:01:02', 6200],
    ['1-02:03:04', 9_378_400],
  ])('CPU time %s', (text, hundredths) => expect(parseCpuTime(text)).toBe(hundredths));

  const dates = [
    'Thu Jan  1 00:00:00 1970',
    'Thu Feb 29 23:59:59 2024',
    'Sat Mar  1 00:00:00 2025',
    'Fri Dec 31 12:34:56 2099',
  ];

  test('start times are Unix seconds, and the same in TypeScript and in Perl', async () => {
    const folder = fileURLToPath(new URL('../supervisor/perl', import.meta.url));
    const source =
      'require "$ARGV[0]/Processes.pm"; print Duende::Processes::parse_lstart($_), "\\n" for @ARGV[1..$#ARGV]';
    const { stdout } = await execa('perl', ['-e', source, folder, ...dates, 'nonsense']);
    const expected = [...dates.map((date) => Date.parse(`${date} UTC`) / 1000), 0];
    expect(stdout.split('\n').map(Number)).toEqual(expected);
    expect([...dates, 'nonsense'].map((date) => Number(parseStartTime(date)))).toEqual(expected);
  });

  test('a line of macOS', () => {
    const line = '  501     1   4532 Ss     1:02.50 Tue Sep 30 12:34:56 2025    ';
    expect(parseProcess(line)).toEqual({
      pid: 501,
      parent: 1,
      residentBytes: 4532 * 1024,
      state: 'S',
      cpuTicks: 6250,
      startTime: BigInt(Date.UTC(2025, 8, 30, 12, 34, 56) / 1000),
    });
    expect(parseProcess('no process')).toBeUndefined();
  });

  test('agrees with /proc, and knows no process that is gone', () => {
    const byPs = readStatByPs(process.pid);
    const byProc = readStat(process.pid);
    expect(byPs?.parent).toBe(byProc?.parent);
    const age = Date.now() / 1000 - Number(byPs?.startTime);
    expect(Math.abs(age - process.uptime())).toBeLessThan(5);
    expect(byPs?.residentBytes).toBeGreaterThan(1e6);
    expect(readStatByPs(2 ** 22 + 1)).toBeUndefined();
  });

  test('the start time in the page is what process-info.ts reads', async () => {
    const script = fileURLToPath(new URL('../supervisor/supervise.pl', import.meta.url));
    const { stdout } = await execa('perl', [script, 'start-time', String(process.pid)]);
    expect(BigInt(stdout)).toBe(readStat(process.pid)?.startTime);
  });
});
