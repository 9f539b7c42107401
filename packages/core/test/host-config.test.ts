import { expect, test } from 'vitest';
import { startHost } from './run-host.ts';

test('the config reaches the daemon as its schema returns it', async () => {
  const { exitCode, stdout } = await startHost('configured', { config: { target: { url: 'u' } } }).end();
  expect(exitCode).toBe(0);
  expect(stdout).toContainEqual(expect.objectContaining({ config: { interval: 5, target: { url: 'u' } } }));
});

test('a schema of settings that all have defaults needs no config', async () => {
  const { exitCode, stdout } = await startHost('configured').end();
  expect(exitCode).toBe(0);
  expect(stdout).toContainEqual(expect.objectContaining({ config: { interval: 5 } }));
});

test.each([
  [
    'configured',
    { interval: 'soon', target: { url: 1 }, extra: true },
    /^Invalid config of daemon configured: interval: .*number.*; target\.url: .*string.*; Unrecognized key: "extra"$/,
  ],
  ['configured', [], /^Invalid config of daemon configured: .*expected object/],
  ['throws', undefined, /^Invalid config of daemon throws: where: .*string/],
  ['waits', { any: 1 }, /^Daemon waits takes no config, but one was given$/],
])('%s refuses %j in one line that names the field, with EX_CONFIG', async (daemon, config, message) => {
  const { exitCode, stderr, stdout } = await startHost(daemon, { config }).end();
  expect(exitCode).toBe(78);
  expect(stdout).toEqual([]);
  expect(stderr).toHaveLength(1);
  expect(stderr[0]).toMatchObject({ level: 'error', daemon, msg: expect.stringMatching(message) });
  expect(stderr[0]).not.toHaveProperty('error');
});

test.each([
  ['DUENDE_CONFIG', '{', /^DUENDE_CONFIG is not JSON: /],
  ['DUENDE_STOP_TIMEOUT', '10s', /^DUENDE_STOP_TIMEOUT: expected a number, got "10s"$/],
  ['DUENDE_NOTIFY_FD', '-1', /^DUENDE_NOTIFY_FD: expected a number, got "-1"$/],
])('%s=%s is refused with EX_CONFIG', async (variable, value, message) => {
  const { exitCode, stderr } = await startHost('configured', { env: { [variable]: value } }).end();
  expect(exitCode).toBe(78);
  expect(stderr).toMatchObject([{ msg: expect.stringMatching(message) }]);
});

test('the variables of the host are gone before the module is imported, and the name is the given one', async () => {
  const host = startHost('waits', {
    env: {
      DUENDE_NAME: 'web-1',
      DUENDE_PLATFORM: 'container',
      DUENDE_STOP_TIMEOUT: '5000',
      DUENDE_HEALTH_URL: 'http://127.0.0.1:1/',
    },
    notify: true,
  });
  await host.line('ready');
  host.child.kill('SIGTERM');
  const { stdout } = await host.end();
  expect(stdout[0]).toMatchObject({ msg: 'init', daemon: 'web-1', env: [] });
});
