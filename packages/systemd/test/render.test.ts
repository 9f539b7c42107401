import { parseSpec } from '@duende/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ownSettings } from '../src/properties.ts';
import { type ServiceInput, serviceSettings } from '../src/render/service.ts';
import { quoteWord } from '../src/render/setting.ts';
import { renderUnitFile } from '../src/render/unit-file.ts';

const input = (spec: object, over: Partial<ServiceInput> = {}): ServiceInput => ({
  id: '4286f30c-ff71-40c4-92f1-dec51771c4c7',
  spec: parseSpec({ name: 'web', program: '/bin/sleep', args: ['60'], ...spec }, 'linux'),
  scope: 'system',
  helper: '/var/lib/duende/duende-unit-0123',
  unitFile: '/var/lib/duende/systemd/system/web/unit',
  notifySocket: '/run/systemd/notify',
  devices: ['/dev/vda'],
  ...over,
});

const file = (spec: object, over?: Partial<ServiceInput>): string =>
  renderUnitFile(serviceSettings(input(spec, over)), 'multi-user.target');

describe('unit files', () => {
  test('the least that there is', () => {
    expect(file({})).toBe(`# Made by duende install; duende uninstall removes it.
[Unit]
Description=Duende daemon web

[Service]
Type=notify
NotifyAccess=all
ExecStart=/var/lib/duende/duende-unit-0123 exec
ExecStopPost=/var/lib/duende/duende-unit-0123 stopped
Environment=DUENDE_ID=4286f30c-ff71-40c4-92f1-dec51771c4c7 DUENDE_NAME=web DUENDE_PLATFORM=linux
StandardInput=file:/var/lib/duende/systemd/system/web/unit
StandardOutput=file:/var/lib/duende/systemd/system/web/unit
StandardError=journal
Restart=no
TimeoutStartSec=30000000us
TimeoutStopSec=10000000us
KillMode=control-group
KillSignal=SIGTERM
LogRateLimitIntervalSec=1000000us
LogRateLimitBurst=100000000
TasksMax=infinity

[Install]
WantedBy=multi-user.target
`);
  });

  test('everything of the spec', () => {
    const text = file({
      user: 'nobody',
      group: 65_534,
      cwd: '/srv/50% off',
      restart: { policy: 'on-failure', delay: '200ms', maxRestarts: 3, window: '1m' },
      stopSignal: 'INT',
      stopTimeout: '2s',
      resources: {
        memoryMax: '64M',
        memorySwapMax: 0,
        cpuQuota: '50%',
        cpuWeight: 20,
        ioReadBps: '1M',
        pidsMax: 10,
        openFilesMax: 64,
        lockMemory: '1M',
      },
      sandbox: {
        filesystem: { mode: 'private', writable: ['/srv/data', '/home/web/x y'] },
        network: 'none',
        capabilities: ['CAP_NET_BIND_SERVICE'],
        noNewPrivileges: true,
        seccomp: { deny: ['mount'] },
      },
    });
    const lines = text.split('\n');
    expect(lines).toEqual(
      expect.arrayContaining([
        'User=nobody',
        'Group=65534',
        'WorkingDirectory=/srv/50%% off',
        'RestartSec=200000us',
        'StartLimitIntervalSec=60000000us',
        'StartLimitBurst=4',
        'Restart=on-failure',
        'KillSignal=SIGINT',
        'TimeoutStopSec=2000000us',
        'MemoryMax=67108864',
        'MemorySwapMax=0',
        'CPUQuota=50%',
        'CPUWeight=20',
        'IOReadBandwidthMax=/dev/vda 1048576',
        'TasksMax=10',
        'LimitNOFILE=64',
        'LimitMEMLOCK=1048576',
        'ProtectSystem=strict',
        'ProtectHome=tmpfs',
        'ReadWritePaths=/srv/data',
        'BindPaths="/home/web/x y"',
        'PrivateNetwork=yes',
        'CapabilityBoundingSet=CAP_NET_BIND_SERVICE',
        'AmbientCapabilities=CAP_NET_BIND_SERVICE',
        'NoNewPrivileges=yes',
        'SystemCallFilter=~mount',
      ]),
    );
    expect(lines.filter((line) => line.startsWith('TasksMax='))).toHaveLength(1);
  });

  test('nothing that may be secret, and nothing of the command line, is in the unit', () => {
    const text = file({ args: ['--token=hunter2'], env: { PASSWORD: 'hunter3' } });
    expect(text).not.toMatch(/hunter|sleep/);
  });

  test('isolation in a user manager needs a user namespace', () => {
    const user = { scope: 'user' } as const;
    expect(file({ sandbox: { network: 'none' } }, user)).toContain('PrivateUsers=yes');
    expect(file({ sandbox: { network: 'none' } })).not.toContain('PrivateUsers');
    expect(file({}, user)).not.toContain('PrivateUsers');
  });
});

describe('quoting, systemd.syntax(7)', () => {
  test.each([
    ['plain', 'plain'],
    ['two words', '"two words"'],
    ['50%', '50%%'],
    ['a"b', '"a\\"b"'],
    ['a\\b', '"a\\\\b"'],
    ['a\nb', '"a\\nb"'],
    ['$HOME', '"$HOME"'],
    ['', '""'],
    ["it's", '"it\'s"'],
    [';', '";"'],
  ])('%j', (word, expected) => {
    expect(quoteWord(word)).toBe(expected);
  });

  /** What systemd's extract_first_word does with EXTRACT_UNQUOTE | EXTRACT_CUNESCAPE, and then specifiers. */
  function unquote(text: string): string {
    const inner = text.startsWith('"') ? text.slice(1, -1) : text;
    const plain = inner.replace(/\\(?:x([0-9a-f]{2})|(.))/g, (_, hex: string, character: string) =>
      hex ? String.fromCharCode(Number.parseInt(hex, 16)) : ({ n: '\n', t: '\t' }[character] ?? character),
    );
    return plain.replaceAll('%%', '%');
  }

  test('any word comes back, in one line', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }).filter((word) => !word.includes('\0')),
        (word) => {
          const quoted = quoteWord(word);
          expect(quoted).not.toMatch(/[\n\r]/);
          expect(unquote(quoted)).toBe(word);
        },
      ),
    );
  });
});

describe('properties of the unit itself', () => {
  const signatures = new Map([
    ['Nice', 'i'],
    ['WatchdogUSec', 't'],
    ['RuntimeMaxUSec', 't'],
    ['MemoryHigh', 't'],
    ['Slice', 's'],
    ['PrivateIPC', 'b'],
    ['SystemCallFilter', '(bas)'],
    ['IPAddressDeny', 'a(iayu)'],
    ['Restart', 's'],
  ]);
  const own = (systemd: object) =>
    ownSettings(input({ platform: { systemd } }).spec, new Set(['Restart']), signatures).map(
      ({ key, text, property }) => [key, text, property.value],
    );

  test('by the names and in the words of unit files', () => {
    expect(
      own({
        properties: {
          Nice: 5,
          RuntimeMaxSec: '2h',
          MemoryHigh: '64M',
          Slice: 'web.slice',
          PrivateIPC: true,
          SystemCallFilter: ['~@mount', '@swap'],
        },
        watchdog: '30s',
      }),
    ).toEqual([
      ['Nice', '5', 5],
      ['RuntimeMaxSec', '2h', 7_200_000_000n],
      ['MemoryHigh', '64M', 67_108_864n],
      ['Slice', 'web.slice', 'web.slice'],
      ['PrivateIPC', 'yes', true],
      ['SystemCallFilter', '~@mount @swap', [false, ['@mount', '@swap']]],
      ['WatchdogSec', '30000000us', 30_000_000n],
    ]);
  });

  test.each([
    [{ properties: { Restart: 'always' } }, 'platform.systemd.properties.Restart', /Duende sets it itself/],
    [{ properties: { NoSuch: 1 } }, 'platform.systemd.properties.NoSuch', /no such property/],
    [{ properties: { IPAddressDeny: 'any' } }, 'platform.systemd.properties.IPAddressDeny', /a\(iayu\)/],
    [{ properties: { RuntimeMaxSec: 'soon' } }, 'platform.systemd.properties.RuntimeMaxSec', /duration/],
    [{ properties: { Slice: 'a\nExecStart=/bin/evil' } }, 'platform.systemd.properties.Slice', /line end/],
    [{ properties: ['Nice'] }, 'platform.systemd.properties', /object/],
    [{ properties: { Nice: { a: 1 } } }, 'platform.systemd.properties.Nice', /expected a text/],
    [{ watchdog: 'often' }, 'platform.systemd.watchdog', /duration/],
  ])('%j is refused by name', (systemd, field, message) => {
    expect(() => own(systemd)).toThrow(
      expect.objectContaining({ code: 'Config', field, message: expect.stringMatching(message) }),
    );
  });
});
