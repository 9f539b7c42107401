import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { freshAddress, startReceiver } from '../../notify/test/receiver.ts';
import { watchdogInterval } from '../src/host/watchdog.ts';
import { startHost } from './run-host.ts';

const sleep = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

async function watched(
  daemon: string,
  { config, env }: { config?: unknown; env?: Record<string, string> } = {},
) {
  const address = await freshAddress('abstract');
  const receiver = await startReceiver(address);
  const host = startHost(daemon, {
    ...(config !== undefined && { config }),
    env: { NOTIFY_SOCKET: address, WATCHDOG_USEC: '200000', ...env },
  });
  const pings = () => receiver.datagrams.filter((text) => text === 'WATCHDOG=1\n').length;
  return { host, receiver, pings };
}

describe('WATCHDOG=1', () => {
  test('comes every half of WATCHDOG_USEC, from READY=1 to the end', async () => {
    const { host, receiver, pings } = await watched('waits');
    await host.line('ready');
    const [begun, already] = [performance.now(), pings()];
    await receiver.until('pings', () => pings() >= already + 10);
    // What was on its way when the counting began is not to fail a busy machine.
    expect(performance.now() - begun).toBeGreaterThan(600);
    host.child.kill('SIGTERM');
    expect((await host.end()).exitCode).toBe(0);
    const first = receiver.datagrams.findIndex((text) => text.startsWith('READY=1'));
    expect(receiver.datagrams.indexOf('WATCHDOG=1\n')).toBeGreaterThan(first);
    await sleep(100);
    const counted = pings();
    await sleep(300);
    expect(pings()).toBe(counted);
  });

  test('does not come before the daemon is ready', async () => {
    const { host, pings, receiver } = await watched('late-ready');
    await host.line('running');
    await sleep(400);
    expect(receiver.datagrams).toEqual([]);
    host.child.kill('SIGUSR1');
    await receiver.until('ping', () => pings() >= 2);
  });

  test('does not come while the event loop is blocked', async () => {
    const { host, pings, receiver } = await watched('tells', { config: { blockMs: 2500 } });
    await host.line('blocking');
    await sleep(50);
    const before = pings();
    await sleep(700);
    expect(before).toBeGreaterThan(1);
    expect(pings()).toBe(before);
    await receiver.until('ping after it', () => pings() > before + 1);
  });

  test('does not come while health() says that the daemon is unwell, which is logged once', async () => {
    const { host, pings, receiver } = await watched('moody');
    await receiver.until('ping', () => pings() >= 2);
    host.child.kill('SIGUSR1');
    await host.line('unhealthy: the watchdog is not told');
    await sleep(100);
    const before = pings();
    await sleep(500);
    expect(pings()).toBe(before);
    host.child.kill('SIGUSR2');
    await host.line('healthy again: the watchdog is told');
    await receiver.until('ping', () => pings() > before);
    host.child.kill('SIGTERM');
    const { stderr } = await host.end();
    expect(stderr).toMatchObject([{ level: 'warn', detail: { mood: 'bad' }, watchdogMs: 200 }]);
  });

  test.each([
    ['another process', { WATCHDOG_PID: '1' }],
    ['nothing', { WATCHDOG_USEC: '0' }],
    ['no number', { WATCHDOG_USEC: '5s' }],
  ])('does not come when it is asked of %s', async (_, env) => {
    const { host, pings, receiver } = await watched('waits', { env });
    await host.line('ready');
    await sleep(400);
    expect(pings()).toBe(0);
    expect(receiver.datagrams).toHaveLength(1);
  });

  test('stays while shutdown takes its time', async () => {
    const { host, pings, receiver } = await watched('stubborn', { config: { phase: 'shutdown', ms: 1500 } });
    await host.line('run');
    host.child.kill('SIGTERM');
    await host.line('shutdown');
    const before = pings();
    await host.end();
    await receiver.until('pings', () => pings() >= before + 3);
  });
});

test('the interval is less than the timeout, whatever it is, and one that timers can hold', () => {
  fc.assert(
    fc.property(fc.double({ min: 2, max: 1e13, noNaN: true }), (timeout) => {
      const interval = watchdogInterval(timeout);
      expect(interval).toBeLessThanOrEqual(timeout / 2);
      expect(interval).toBeGreaterThanOrEqual(1);
      expect(interval).toBeLessThan(2 ** 31);
    }),
  );
});
