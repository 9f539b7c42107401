import { describe, expect, test } from 'vitest';
import {
  assertEnforceable,
  type Capabilities,
  findUnenforceable,
  parseSpec,
  resourceNames,
  restartPolicies,
  type Support,
  sandboxNames,
  signals,
  supported,
  unsupported,
} from '../src/index.ts';

const all = <Name extends string>(names: readonly Name[], support: Support) =>
  Object.fromEntries(names.map((name) => [name, support])) as Record<Name, Support>;

function capabilities(support: Support): Capabilities {
  return {
    signals: all(signals, support),
    restart: all(restartPolicies, support),
    readiness: all(['none', 'notify'], support),
    health: all(['command', 'http', 'tcp'], support),
    resources: all(resourceNames, support),
    sandbox: all(sandboxNames, support),
    identity: all(['user', 'group'], support),
    daemons: all(['program', 'module'], support),
    logs: all(['capture', 'rotation'], support),
    stats: [],
    trace: support,
    install: support,
    managerKill: support,
    settings: ['nice'],
  };
}

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
    ['resources.memoryMax', { resources: { memoryMax: '64M' } }, { resources: all(resourceNames, none) }],
    ['resources.lockMemory', { resources: { lockMemory: 0 } }, { resources: all(resourceNames, none) }],
    ['sandbox.network', { sandbox: { network: 'none' } }, { sandbox: all(sandboxNames, none) }],
    [
      'sandbox.filesystem',
      { sandbox: { filesystem: { mode: 'private' } } },
      { sandbox: all(sandboxNames, none) },
    ],
    ['sandbox.capabilities', { sandbox: { capabilities: [] } }, { sandbox: all(sandboxNames, none) }],
    ['sandbox.seccomp', { sandbox: { seccomp: 'default' } }, { sandbox: all(sandboxNames, none) }],
    ['sandbox.noNewPrivileges', { sandbox: { noNewPrivileges: true } }, { sandbox: all(sandboxNames, none) }],
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
  const can = { ...everything, sandbox: all(sandboxNames, none), resources: all(resourceNames, none) };
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
