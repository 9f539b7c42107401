import { describe, expect, test } from 'vitest';
import {
  everything as allOf,
  assertEnforceable,
  type Capabilities,
  findUnenforceable,
  noCapabilities,
  parseSpec,
  resourceNames,
  type Support,
  sandboxNames,
  supported,
  unsupported,
} from '../src/index.ts';

const capabilities = (support: Support): Capabilities => ({ ...noCapabilities(support), settings: ['nice'] });

const everything = capabilities(supported('the test'));
const none = unsupported('the test says so', 'Use another');
const spec = (extra: object) => parseSpec({ name: 'web', program: '/bin/true', ...extra });

describe('what cannot be enforced is refused by name', () => {
  test.each<[string, object, Partial<Capabilities>]>([
    ['program', {}, { daemons: { program: none, module: supported('') } }],
    ['restart.policy', { restart: 'always' }, { restart: { ...everything.restart, always: none } }],
    ['readiness', { readiness: 'notify' }, { readiness: { none: supported(''), notify: none } }],
    ['stopSignal', { stopSignal: 'QUIT' }, { signals: { ...everything.signals, QUIT: none } }],
    ['health.type', { health: { type: 'tcp', port: 1 } }, { health: { ...everything.health, tcp: none } }],
    ['user', { user: 0 }, { identity: { user: none, group: none } }],
    ['group', { group: 'staff' }, { identity: { user: none, group: none } }],
    [
      'resources.memoryMax',
      { resources: { memoryMax: '64M' } },
      { resources: allOf(resourceNames, () => none) },
    ],
    [
      'resources.lockMemory',
      { resources: { lockMemory: 0 } },
      { resources: allOf(resourceNames, () => none) },
    ],
    ['sandbox.network', { sandbox: { network: 'none' } }, { sandbox: allOf(sandboxNames, () => none) }],
    [
      'sandbox.filesystem',
      { sandbox: { filesystem: { mode: 'private' } } },
      { sandbox: allOf(sandboxNames, () => none) },
    ],
    ['sandbox.capabilities', { sandbox: { capabilities: [] } }, { sandbox: allOf(sandboxNames, () => none) }],
    ['sandbox.seccomp', { sandbox: { seccomp: 'default' } }, { sandbox: allOf(sandboxNames, () => none) }],
    [
      'sandbox.noNewPrivileges',
      { sandbox: { noNewPrivileges: true } },
      { sandbox: allOf(sandboxNames, () => none) },
    ],
  ])('%s', (field, extra, lacks) => {
    const can = { ...everything, ...lacks };
    expect(findUnenforceable(spec(extra), everything, 'native')).toBeUndefined();
    expect(() => assertEnforceable(spec(extra), can, 'native')).toThrow(
      expect.objectContaining({
        code: 'Config',
        reason: 'invalid-setting',
        field,
        message: `Native cannot enforce ${field}: the test says so`,
        hint: 'Use another',
      }),
    );
  });
});

test('what asks for nothing needs no support', () => {
  const sandbox = { network: 'host', noNewPrivileges: false, filesystem: { mode: 'host' } };
  const can = {
    ...everything,
    sandbox: allOf(sandboxNames, () => none),
    resources: allOf(resourceNames, () => none),
  };
  expect(findUnenforceable(spec({ sandbox }), can, 'native')).toBeUndefined();
});

test('a capability that the adapter forgot counts as not there', () => {
  const can = { ...everything, resources: {} } as unknown as Capabilities;
  expect(findUnenforceable(spec({ resources: { pidsMax: 5 } }), can, 'linux')?.message).toBe(
    'Linux (systemd) cannot enforce resources.pidsMax: the adapter does not know it',
  );
});

test('own settings must be known, those of other platforms are left alone', () => {
  const platform = { native: { nice: 5, colour: 'red' }, systemd: { anything: 1 } };
  const error = findUnenforceable(spec({ platform }), everything, 'native');
  expect(error).toMatchObject({ field: 'platform.native.colour', hint: 'It has: nice' });
  expect(findUnenforceable(spec({ platform }), everything, 'container')).toBeUndefined();
  expect(findUnenforceable(spec({ platform }), { ...everything, settings: [] }, 'linux')).toMatchObject({
    field: 'platform.systemd.anything',
    hint: 'It has none',
  });
});

describe('bounds of the log', () => {
  const cut = { ...everything, logs: { ...everything.logs, rotation: none } };
  const given = { name: 'web', program: '/bin/true', logs: { maxSize: '1M' } };

  test('are refused by name where the platform cuts it by its own rules', () => {
    expect(() => assertEnforceable(spec(given), cut, 'linux', given)).toThrow(
      expect.objectContaining({ code: 'Config', field: 'logs.maxSize', hint: 'Use another' }),
    );
  });

  test('that nobody asked for are not', () => {
    expect(() =>
      assertEnforceable(spec({}), cut, 'linux', { name: 'web', program: '/bin/true' }),
    ).not.toThrow();
    expect(() => assertEnforceable(spec(given), everything, 'linux', given)).not.toThrow();
  });
});

describe('delays and limits of restarts', () => {
  const own = { ...everything, backoff: none, restartLimit: none };
  const give = (restart: object) => ({ name: 'web', program: '/bin/true', restart });

  test.each(['delay', 'factor', 'maxDelay', 'maxRestarts', 'window'])(
    'restart.%s is refused by name where the platform has its own',
    (name) => {
      const given = give({ policy: 'always', [name]: 5 });
      expect(() => assertEnforceable(spec(given), own, 'macos', given)).toThrow(
        expect.objectContaining({ code: 'Config', field: `restart.${name}`, hint: 'Use another' }),
      );
      expect(() => assertEnforceable(spec(given), everything, 'macos', given)).not.toThrow();
    },
  );

  test('that nobody asked for are not, and an adapter that says nothing of them keeps them', () => {
    const { backoff: _, restartLimit: __, ...silent } = own;
    const asked = give({ policy: 'always', delay: 5 });
    for (const [given, can] of [
      [give({ policy: 'always' }), own],
      [{ ...give({}), restart: 'always' as const }, own],
      [asked, silent],
    ] as const)
      expect(() => assertEnforceable(spec(given), can, 'macos', given)).not.toThrow();
  });
});
