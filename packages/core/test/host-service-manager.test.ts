import fc from 'fast-check';
import { expect, test } from 'vitest';
import { freshAddress, startReceiver } from '../../notify/test/receiver.ts';
import { chooseNotifier } from '../src/host/choose-notifier.ts';
import { takeSettings } from '../src/host/host-settings.ts';
import { silentNotifier } from '../src/host/node-notifier.ts';
import { takeServiceManager } from '../src/host/service-manager.ts';
import { startHost } from './run-host.ts';

const sockets = (...names: string[]) => names.map((name, index) => ({ fd: 3 + index, name }));

test.each([
  ['nothing', {}, { sockets: [] }],
  ['a notify socket', { NOTIFY_SOCKET: '@a b' }, { notifySocket: '@a b', sockets: [] }],
  ['an empty one', { NOTIFY_SOCKET: '' }, { sockets: [] }],
  ['a watchdog', { WATCHDOG_USEC: '1500' }, { watchdogTimeout: 1.5, sockets: [] }],
  ['a watchdog of ours', { WATCHDOG_USEC: '1500', WATCHDOG_PID: '7' }, { watchdogTimeout: 1.5, sockets: [] }],
  ['one of another process', { WATCHDOG_USEC: '1500', WATCHDOG_PID: '70' }, { sockets: [] }],
  ['one of nobody', { WATCHDOG_USEC: '1500', WATCHDOG_PID: 'x' }, { sockets: [] }],
  ['sockets', { LISTEN_FDS: '2', LISTEN_PID: '7' }, { sockets: sockets('unknown', 'unknown') }],
  ['names', { LISTEN_FDS: '2', LISTEN_PID: '7', LISTEN_FDNAMES: 'a:b' }, { sockets: sockets('a', 'b') }],
  [
    'a name too few',
    { LISTEN_FDS: '2', LISTEN_PID: '7', LISTEN_FDNAMES: 'a' },
    { sockets: sockets('a', 'unknown') },
  ],
  ['a name too many', { LISTEN_FDS: '1', LISTEN_PID: '7', LISTEN_FDNAMES: 'a:b' }, { sockets: sockets('a') }],
  ['sockets of another process', { LISTEN_FDS: '2', LISTEN_PID: '70' }, { sockets: [] }],
  ['sockets of nobody', { LISTEN_FDS: '2' }, { sockets: [] }],
  ['no number', { LISTEN_FDS: '-2', LISTEN_PID: '7' }, { sockets: [] }],
  ['an absurd number', { LISTEN_FDS: '99999999999', LISTEN_PID: '7' }, { sockets: [] }],
])('%s', (_, env, expected) => {
  const left = { ...env, PATH: '/bin' };
  expect(takeServiceManager(left, 7)).toEqual(expected);
  expect(left).toEqual({ PATH: '/bin' });
});

test('without NOTIFY_SOCKET nothing is told to anybody, whatever else the environment says', () => {
  const names = fc.constantFrom(
    'WATCHDOG_USEC',
    'LISTEN_FDS',
    'LISTEN_PID',
    'DUENDE_NOTIFY_MODULE',
    'DUENDE_NAME',
  );
  fc.assert(
    fc.property(fc.dictionary(names, fc.string()), (env) => {
      const settings = takeSettings({ ...env });
      expect(chooseNotifier(settings, [], () => expect.unreachable())).toBe(silentNotifier);
    }),
  );
});

test('without NOTIFY_SOCKET a whole life sends nothing', async () => {
  const receiver = await startReceiver(await freshAddress('abstract'));
  const host = startHost('waits', { env: { WATCHDOG_USEC: '20000' } });
  await host.line('ready');
  host.child.kill('SIGHUP');
  await host.line('reloaded');
  host.child.kill('SIGTERM');
  expect((await host.end()).stderr).toEqual([]);
  expect(receiver.datagrams).toEqual([]);
});
