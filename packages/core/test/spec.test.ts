import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type DaemonSpecInput, isModuleSpec, PlatformError, parseSpec } from '../src/index.ts';

const base = { name: 'web', program: '/bin/true' };

function refusal(input: unknown): PlatformError {
  try {
    parseSpec(input, 'native');
  } catch (error) {
    if (PlatformError.isInstance(error)) return error;
    throw error;
  }
  throw new Error('The spec was accepted');
}

describe('defaults', () => {
  test('a program', () => {
    expect(parseSpec(base)).toEqual({
      ...base,
      args: [],
      env: {},
      restart: { policy: 'never', delay: 100, factor: 2, maxDelay: 30_000, maxRestarts: 10, window: 60_000 },
      stopSignal: 'TERM',
      stopTimeout: 10_000,
      startTimeout: 30_000,
      readiness: 'none',
      resources: {},
      sandbox: {},
      logs: { maxSize: 10 * 1024 * 1024, files: 5 },
      labels: {},
      platform: {},
    });
  });

  test('the defaults of restart and logs are the same when only a part is given', () => {
    const whole = parseSpec(base);
    expect(parseSpec({ ...base, restart: {}, logs: {} })).toEqual(whole);
    expect(parseSpec({ ...base, restart: 'never' })).toEqual(whole);
  });

  test('two specs do not share their defaults', () => {
    expect(parseSpec(base).env).not.toBe(parseSpec(base).env);
  });

  test('a module', () => {
    const spec = parseSpec({ name: 'web', module: './daemon.ts', config: { a: [1, null] } });
    expect(isModuleSpec(spec) && spec.config).toEqual({ a: [1, null] });
    expect(isModuleSpec(parseSpec(base))).toBe(false);
  });
});

test('what people write becomes milliseconds, bytes, processors and signal names', () => {
  const spec = parseSpec({
    ...base,
    restart: { policy: 'always', delay: '0', maxDelay: '1m30s' },
    stopSignal: 'sigint',
    stopTimeout: '1.5s',
    startTimeout: 250,
    resources: { memoryMax: '64M', cpuQuota: '150%', ioReadBps: '1MiB', lockMemory: 0 },
    logs: { maxSize: '1M' },
    health: { type: 'http', url: 'http://127.0.0.1:8080/', interval: '2s' },
  });
  expect(spec).toMatchObject({
    restart: { policy: 'always', delay: 0, maxDelay: 90_000 },
    stopSignal: 'INT',
    stopTimeout: 1500,
    startTimeout: 250,
    resources: { memoryMax: 67_108_864, cpuQuota: 1.5, ioReadBps: 1_048_576, lockMemory: 0 },
    logs: { maxSize: 1_048_576, files: 5 },
    health: { interval: 2000, timeout: 5000, retries: 3, startPeriod: 0 },
  });
});

test('a wrong restart is also an error of types', () => {
  // @ts-expect-error no such policy
  const policy: DaemonSpecInput = { ...base, restart: 'sometimes' };
  // @ts-expect-error no such setting
  const setting: DaemonSpecInput = { ...base, restart: { retries: 1 } };
  for (const wrong of [policy, setting]) expect(() => parseSpec(wrong)).toThrow('restart');
});

describe('bad input is a Config error that names the field and says why', () => {
  const long = 'x'.repeat(1_000_000);
  test.each<[string, unknown, RegExp]>([
    ['name', { ...base, name: 'a/b' }, /letters, digits/],
    ['name', { ...base, name: '..' }, /letters, digits/],
    ['name', { ...base, name: 'a..b' }, /without "\.\."/],
    ['name', { ...base, name: 'a\nb' }, /"a\\nb"/],
    ['name', { ...base, name: 'a\n' }, /letters/],
    ['name', { ...base, name: 'a\0b' }, /letters/],
    ['name', { ...base, name: '' }, /1 to 63/],
    ['name', { ...base, name: '-a' }, /beginning with/],
    ['name', { ...base, name: 'a'.repeat(64) }, /1 to 63/],
    ['name', { ...base, name: 'wéb' }, /letters/],
    ['name', { program: '/bin/true' }, /string/],
    ['program', { ...base, program: '' }, /empty/],
    ['program', { ...base, program: '/a\0b' }, /NUL/],
    ['program', { ...base, program: `/${'p'.repeat(4095)}` }, /PATH_MAX is 4096/],
    ['program', { ...base, program: '/\ud800' }, /Unicode/],
    ['program', { ...base, module: './m.ts' }, /only one of program and module/],
    ['program', { name: 'web' }, /one of program and module/],
    ['', 'web', /expected object/],
    ['', null, /expected object/],
    ['env', { ...base, env: JSON.parse('{"__proto__":"a"}') }, /cannot be named __proto__/],
    ['env', { ...base, env: null }, /expected record/],
    ['args[1]', { ...base, args: ['ok', 'a\0b'] }, /NUL/],
    ['args[0]', { ...base, args: [long] }, /1000000 bytes is too long.*131071/],
    ['args[0]', { ...base, args: [1] }, /string/],
    ['args', { ...base, args: '-v' }, /array/],
    ['env.BIG', { ...base, env: { BIG: long } }, /1000000 bytes is too long/],
    ['env.A=B', { ...base, env: { 'A=B': '' } }, /without "="/],
    ['env.', { ...base, env: { '': 'x' } }, /without "="/],
    ['env.A', { ...base, env: { A: 'a\0b' } }, /NUL/],
    ['env.A', { ...base, env: { A: 1 } }, /string/],
    ['env.A', { ...base, env: { A: '\udc00' } }, /Unicode/],
    ['cwd', { ...base, cwd: `/${'é'.repeat(2048)}` }, /4097 bytes is too long/],
    ['stopTimeout', { ...base, stopTimeout: '10' }, /duration such as "10s"/],
    ['stopTimeout', { ...base, stopTimeout: -1 }, /duration/],
    ['stopTimeout', { ...base, stopTimeout: '367d' }, /at most a year/],
    ['stopTimeout', { ...base, stopTimeout: true }, /duration/],
    ['stopSignal', { ...base, stopSignal: 'SEGV' }, /nine signals/],
    ['restart.policy', { ...base, restart: 'sometimes' }, /always/],
    ['restart.delay', { ...base, restart: { delay: 'soon' } }, /duration/],
    ['restart.retries', { ...base, restart: { retries: 1 } }, /no such setting/],
    ['resources.memoryMax', { ...base, resources: { memoryMax: '64X' } }, /size such as "64M"/],
    ['resources.memoryMax', { ...base, resources: { memoryMax: '1k' } }, /at least 1M/],
    ['resources.cpuQuota', { ...base, resources: { cpuQuota: '0%' } }, /processors/],
    ['resources.pidsMax', { ...base, resources: { pidsMax: 0 } }, />=1/],
    [
      'sandbox.filesystem.writable[0]',
      { ...base, sandbox: { filesystem: { mode: 'private', writable: ['a'] } } },
      /\//,
    ],
    ['sandbox.capabilities[0]', { ...base, sandbox: { capabilities: ['ALL'] } }, /CAP_/],
    ['health.url', { ...base, health: { type: 'http', url: 'https://a/' } }, /http:\/\//],
    ['health.port', { ...base, health: { type: 'tcp', port: 0 } }, />=1/],
    ['health.type', { ...base, health: { type: 'ping' } }, /Invalid/],
    ['health.interval', { ...base, health: { type: 'tcp', port: 1, interval: 0 } }, /at least 10ms/],
    ['logs.maxSize', { ...base, logs: { maxSize: 1 } }, /at least 4k/],
    ['labels.-', { ...base, labels: { '-': 'x' } }, /label/],
    ['comand', { ...base, comand: 1 }, /^Invalid daemon: comand: no such setting$/],
    ['config', { ...base, config: {} }, /no such setting/],
    ['args', { name: 'web', module: 'm.ts', args: [] }, /no such setting/],
    ['platform.docker', { ...base, platform: { docker: {} } }, /./],
    ['platform.native.call', { ...base, platform: { native: { call: () => {} } } }, /./],
    ['user', { ...base, user: -1 }, /./],
  ])('%s: %#', (field, input, why) => {
    const error = refusal(input);
    expect(error).toMatchObject({
      code: 'Config',
      reason: 'invalid-setting',
      platform: 'native',
      operation: 'spawn',
    });
    expect(error.field).toBe(field);
    expect(error.message).toMatch(why);
    expect(error.message.length).toBeLessThan(400);
    expect(error.toLine()).not.toContain('\n');
  });

  test('every wrong field is named', () => {
    const { message } = refusal({ ...base, name: '/', stopTimeout: 'x', args: ['\0'] });
    for (const field of ['name: ', 'stopTimeout: ', 'args[0]: ']) expect(message).toContain(field);
  });

  test('the longest value that execve takes is accepted', () => {
    const value = 'x'.repeat(131_072 - 'A='.length - 1);
    expect(parseSpec({ ...base, env: { A: value } }).env.A).toBe(value);
    expect(refusal({ ...base, env: { A: `${value}x` } }).field).toBe('env.A');
  });

  test('names that objects have anyway are ordinary keys', () => {
    const env = { constructor: 'b', toString: 'c' };
    expect(Object.entries(parseSpec({ ...base, env }).env)).toEqual(Object.entries(env));
  });
});

const text = fc.string({ unit: 'grapheme', maxLength: 20 }).filter((value) => !value.includes('\0'));
const duration = fc.oneof(
  fc.nat(1_000_000),
  fc.tuple(fc.nat(999), fc.constantFrom('ms', 's', 'm', 'h')).map(([amount, unit]) => `${amount}${unit}`),
);
const input: fc.Arbitrary<DaemonSpecInput> = fc.record(
  {
    name: fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/),
    program: fc.constant('/bin/true'),
    args: fc.array(text),
    env: fc.dictionary(fc.stringMatching(/^[A-Z_]{1,8}$/), text),
    restart: fc.oneof(
      fc.constantFrom('always' as const, 'never' as const),
      fc.record(
        { delay: duration, factor: fc.double({ min: 1, max: 100, noNaN: true }) },
        { requiredKeys: [] },
      ),
    ),
    stopSignal: fc.constantFrom('int', 'SIGHUP', '15'),
    stopTimeout: duration,
    resources: fc.record(
      {
        memoryMax: fc.constantFrom('64M', '1.5G', 2_000_000),
        cpuQuota: fc.constantFrom('50%', 0.25, '33.3%'),
      },
      { requiredKeys: [] },
    ),
    health: fc.constantFrom({ type: 'tcp' as const, port: 80, interval: '1s' }),
    labels: fc.dictionary(fc.stringMatching(/^[a-z]{1,5}$/), text),
    platform: fc.constantFrom({ systemd: { Nice: 5 } }, {}),
  },
  { requiredKeys: ['name', 'program'] },
);

test('what parseSpec returns it accepts again, unchanged, also through JSON', () => {
  fc.assert(
    fc.property(input, (daemon) => {
      const spec = parseSpec(daemon);
      expect(parseSpec(spec)).toEqual(spec);
      expect(parseSpec(JSON.parse(JSON.stringify(spec)))).toEqual(spec);
    }),
  );
});
