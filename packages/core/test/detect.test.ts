import { describe, expect, test } from 'vitest';
import { type DetectionSource, detectPlatform, explainPlatform } from '../src/detect.ts';

interface Machine {
  readonly os?: string;
  readonly files?: Readonly<Record<string, string>>;
  readonly folders?: readonly string[];
  readonly wos?: unknown;
}

const machine = ({ os = 'linux', files = {}, folders = [], wos }: Machine): DetectionSource => ({
  os,
  wos,
  read: (path) => files[path],
  isDirectory: (path) => folders.includes(path),
});

const systemd = ['/run/systemd/system'];
const agent = (vmId: unknown) => ({ '/run/duende/pepita.json': JSON.stringify({ vmId }) });
const booted = (id: string) => ({ '/proc/cmdline': `console=hvc0 pepita.vm=${id} quiet\n` });
const overlay = (upper: string) =>
  `1 0 0:52 / / rw - overlay overlay rw,lowerdir=${upper}\n25 1 0:5 / /proc rw - proc proc rw\n`;

describe('each platform is found by its own mark', () => {
  test.each<[string, string, Machine]>([
    ['wos', 'kernel interface', { wos: { version: 1 } }],
    ['pepita', 'agent and command line', { files: { ...agent('a1'), ...booted('a1') } }],
    ['container', 'Docker', { files: { '/.dockerenv': '' } }],
    ['container', 'Podman', { files: { '/run/.containerenv': '' } }],
    ['container', 'PID 1', { files: { '/proc/1/environ': 'PATH=/bin\0container=oci\0' } }],
    ['container', 'first in PID 1', { files: { '/proc/1/environ': 'container=lxc\0A=b' } }],
    [
      'container',
      'containerd',
      {
        files: {
          '/proc/1/mountinfo': overlay('/var/lib/containerd/io.containerd.snapshotter.v1.overlayfs/1'),
        },
      },
    ],
    ['linux', 'systemd', { folders: systemd }],
    ['macos', 'macOS', { os: 'darwin' }],
    ['native', 'Linux without systemd', {}],
    ['native', 'Windows', { os: 'win32' }],
  ])('%s: %s', (platform, _mark, source) => expect(detectPlatform(machine(source))).toBe(platform));
});

describe('the more specific platform wins', () => {
  test.each<[string, Machine]>([
    [
      'wos',
      { wos: { version: 1 }, files: { ...agent('a'), ...booted('a'), '/.dockerenv': '' }, folders: systemd },
    ],
    ['pepita', { files: { ...agent('a'), ...booted('a'), '/.dockerenv': '' }, folders: systemd }],
    ['container', { files: { '/.dockerenv': '' }, folders: systemd }],
    ['linux', { folders: systemd }],
  ])('%s', (platform, source) => expect(detectPlatform(machine(source))).toBe(platform));
});

describe('what is not enough', () => {
  test.each<[string, string, Machine]>([
    [
      'a VM with virtio ports',
      'linux',
      { folders: [...systemd, '/dev/virtio-ports'], files: { '/dev/vport0p1': '' } },
    ],
    ['an agent file without the command line', 'linux', { files: agent('a'), folders: systemd }],
    ['a command line without its agent', 'linux', { files: booted('a'), folders: systemd }],
    [
      'a stale agent file of another VM',
      'linux',
      { files: { ...agent('old'), ...booted('new') }, folders: systemd },
    ],
    [
      'an agent file that is no JSON',
      'native',
      { files: { '/run/duende/pepita.json': '{', ...booted('a') } },
    ],
    [
      'an agent file that holds null',
      'native',
      { files: { '/run/duende/pepita.json': 'null', ...booted('a') } },
    ],
    ['an id that is no string', 'native', { files: { ...agent(1), ...booted('1') } }],
    ['a longer parameter', 'native', { files: { ...agent('a'), '/proc/cmdline': 'xpepita.vm=a' } }],
    [
      'systemd-nspawn',
      'linux',
      { files: { '/proc/1/environ': 'container=systemd-nspawn\0' }, folders: systemd },
    ],
    ['a variable that only ends so', 'native', { files: { '/proc/1/environ': 'xcontainer=docker\0' } }],
    ['an overlay root of a live system', 'native', { files: { '/proc/1/mountinfo': overlay('/cow') } }],
    [
      'an engine overlay elsewhere',
      'native',
      {
        files: {
          '/proc/1/mountinfo': overlay('/cow')
            .replace(' /proc ', ' /x ')
            .replace('proc rw\n', 'lowerdir=/docker/overlay2/x\n'),
        },
      },
    ],
    ['container marks on macOS', 'macos', { os: 'darwin', files: { '/.dockerenv': '' } }],
    ['a WOS object without a version', 'native', { wos: {} }],
    ['a WOS string', 'native', { wos: 'wos' }],
  ])('%s is %s', (_what, platform, source) => expect(detectPlatform(machine(source))).toBe(platform));

  test('variables of the shell', () => {
    const stray = {
      container: 'docker',
      PEPITA_VM: '1',
      DUENDE_PLATFORM: 'pepita',
      WOS: '1',
      'pepita.vm': 'a',
    };
    const before = detectPlatform();
    const saved = { ...process.env };
    Object.assign(process.env, stray);
    try {
      expect(detectPlatform()).toBe(before);
    } finally {
      for (const name of Object.keys(stray)) delete process.env[name];
      Object.assign(process.env, saved);
    }
  });
});

describe('explainPlatform', () => {
  test('lists everything that was asked, in order, up to the answer', () => {
    const { platform, evidence } = explainPlatform(machine({ folders: systemd }));
    expect(platform).toBe('linux');
    expect(evidence.map((entry) => [entry.platform, entry.found])).toEqual([
      ['wos', false],
      ['pepita', false],
      ['container', false],
      ['linux', true],
    ]);
    for (const { check, detail } of evidence) expect([check, detail]).not.toContain('');
  });

  test('says what made the difference', () => {
    const { evidence } = explainPlatform(machine({ files: { ...agent('old'), ...booted('new') } }));
    expect(evidence[1]?.detail).toBe('agent says old, kernel says new');
    expect(evidence.at(-1)).toMatchObject({ platform: 'native', found: true });
  });
});
