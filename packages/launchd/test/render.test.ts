import { readFileSync } from 'node:fs';
import { type DaemonSpecInput, parseSpec } from '@duende/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  checkKeys as checkBySimulator,
  parsePlist as parseStrictly,
} from '../../launchd-simulator/src/index.ts';
import { jobPlist } from '../src/render/job-plist.ts';
import { checkKeys, type PlistDict } from '../src/render/keys.ts';
import { parsePlist, plistText } from '../src/render/plist-text.ts';

type Extra = Omit<DaemonSpecInput, 'name' | 'program' | 'module'>;

const command = [
  '/usr/bin/perl',
  '/state/job/run.pl',
  '/state/gui/web',
  'never',
  '10',
  '/bin/launchctl',
  'gui/501/com.duende.web',
];

function render(extra: Extra, domain: 'gui' | 'user' | 'system' = 'gui', installed = false): PlistDict {
  const spec = parseSpec({ name: 'web', program: '/usr/bin/true', ...extra }, 'macos');
  return jobPlist({ spec, command, errors: '/state/gui/web/errors', domain, installed });
}

/** Both libraries agree about the text, and the stricter one knows every key. */
function roundTrip(plist: PlistDict): void {
  const text = plistText(plist);
  expect(parsePlist(text)).toEqual(plist);
  const strict = parseStrictly(Buffer.from(text));
  if (strict.type !== 'dict') throw new Error('expected a dictionary');
  expect(checkBySimulator(strict.value)).toEqual({ errors: [], ignored: [] });
}

const golden: readonly (readonly [file: string, plist: () => PlistDict])[] = [
  ['never', () => render({})],
  ['on-failure', () => render({ restart: 'on-failure', stopTimeout: '90s' }, 'system')],
  [
    'installed',
    () =>
      render(
        { restart: 'unless-stopped', resources: { openFilesMax: 4096, lockMemory: '1M' } },
        'user',
        true,
      ),
  ],
  [
    'own-keys',
    () =>
      render({
        platform: {
          launchd: {
            plist: {
              Nice: 5,
              Umask: 63,
              ProcessType: 'Background',
              ThrottleInterval: 60,
              LegacyTimers: true,
            },
          },
        },
      }),
  ],
];

describe('plists', () => {
  test.each(golden)('%s.plist is what it was, and the strict parser takes it', (file, plist) => {
    const text = readFileSync(new URL(`fixtures/${file}.plist`, import.meta.url), 'utf8');
    expect(plistText(plist())).toBe(text);
    roundTrip(plist());
  });

  test.each([
    ['never', undefined],
    ['on-failure', { SuccessfulExit: false }],
    ['always', true],
    ['unless-stopped', true],
  ] as const)('restart %s is KeepAlive %o', (restart, KeepAlive) => {
    expect(render({ restart }).KeepAlive).toEqual(KeepAlive);
  });

  test('no value of the environment is in a file that others can read', () => {
    expect(plistText(render({ env: { TOKEN: 'not-for-everyone' } }))).not.toContain('not-for-everyone');
  });

  test.each([
    ['Nise', 5, 'is no key'],
    ['Nice', '5', 'expected integer'],
    ['Nice', 1.5, 'expected integer'],
    ['ProcessType', 3, 'expected string'],
    ['SoftResourceLimits', { NumberOfFiles: 'many' }, 'expected dict'],
    ['Label', 'x', 'Duende sets this itself'],
    ['EnvironmentVariables', { A: 'b' }, 'Duende sets this itself'],
    ['Sockets', {}, 'only, not to the daemon'],
    ['ProcessType', 'a\u0001b', 'no XML property list can hold'],
  ])('platform.launchd.plist.%s = %o is refused by name', (key, value, why) => {
    const field = `platform.launchd.plist.${key}`;
    const run = () => render({ platform: { launchd: { plist: { [key]: value } } } });
    expect(run).toThrow(expect.objectContaining({ code: 'Config', reason: 'invalid-setting', field }));
    expect(run).toThrow(why);
  });

  test('fewer open files than the job itself needs are refused', () => {
    expect(() => render({ resources: { openFilesMax: 31 } })).toThrow('needs 32');
  });
});

describe('any spec', () => {
  const name = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,40}$/).filter((text) => !text.includes('..'));
  const text = fc
    .string({ unit: 'binary', maxLength: 40 })
    .filter((value) => value.isWellFormed() && !value.includes('\0'));
  const own = fc.record(
    {
      Nice: fc.integer({ min: -20, max: 20 }),
      LowPriorityIO: fc.boolean(),
      Umask: fc.oneof(fc.integer({ min: 0, max: 0o777 }), fc.constant('077')),
      ThrottleInterval: fc.integer({ min: 10, max: 86_400 }),
      AssociatedBundleIdentifiers: fc.array(fc.stringMatching(/^[a-z.]{1,20}$/), {
        minLength: 1,
        maxLength: 3,
      }),
      ProcessType: fc.constantFrom('Background', 'Standard', 'Adaptive', 'Interactive'),
    },
    { requiredKeys: [] },
  );
  const spec = fc.record({
    name,
    program: fc.constant('/bin/echo'),
    args: fc.array(text, { maxLength: 4 }),
    env: fc.dictionary(fc.stringMatching(/^[A-Z_]{1,8}$/), text, { maxKeys: 4 }),
    restart: fc.constantFrom('never', 'on-failure', 'always', 'unless-stopped'),
    stopTimeout: fc.integer({ min: 0, max: 10_000_000 }),
    resources: fc.record({ openFilesMax: fc.integer({ min: 32, max: 1 << 20 }) }, { requiredKeys: [] }),
    platform: fc.record({ launchd: fc.record({ plist: own }) }),
  });

  test('renders to a plist that parses back to it', () => {
    const domains = fc.constantFrom('gui', 'user', 'system');
    fc.assert(
      fc.property(spec, domains, fc.boolean(), (input, domain, installed) => {
        const parsed = parseSpec(input as DaemonSpecInput, 'macos');
        roundTrip(jobPlist({ spec: parsed, command, errors: '/e', domain, installed }));
      }),
      { numRuns: 150 },
    );
  });

  test('any text comes back as it was, or is refused as one that XML cannot hold', () => {
    fc.assert(
      fc.property(text, (value) => {
        const plist = { ProgramArguments: ['/bin/echo', value], WorkingDirectory: value };
        let isTaken = true;
        try {
          checkKeys(plist);
        } catch {
          isTaken = false;
        }
        if (isTaken) expect(parsePlist(plistText(plist))).toEqual(plist);
        else expect(value).toMatch(/[\u0000-\u001f\ufffe\uffff]/);
      }),
      { numRuns: 500 },
    );
  });
});
