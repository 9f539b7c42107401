// The host and $NOTIFY_SOCKET: a real datagram socket that a receiver has bound.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import { freshAddress, startReceiver } from '../../notify/test/receiver.ts';
import { startHost } from './run-host.ts';

describe.each(['path', 'abstract'] as const)('$NOTIFY_SOCKET that is %s', (kind) => {
  test('READY=1 with STATUS and MAINPID, RELOADING=1 and READY=1 around a reload, STOPPING=1 at the end', async () => {
    const address = await freshAddress(kind);
    const receiver = await startReceiver(address);
    const host = startHost('waits', { env: { NOTIFY_SOCKET: address, DUENDE_PLATFORM: 'linux' } });
    await receiver.until('READY=1', (got) => got.length === 1);
    host.child.kill('SIGHUP');
    await receiver.until('reload', (got) => got.length === 3);
    host.child.kill('SIGTERM');
    const { exitCode, stderr } = await host.end();
    await receiver.until('STOPPING=1', (got) => got.length === 4);
    const mainPid = `MAINPID=${host.child.pid}`;
    expect(receiver.datagrams).toEqual([
      `READY=1\n${mainPid}\nSTATUS=ready\n`,
      expect.stringMatching(/^RELOADING=1\nMONOTONIC_USEC=\d+\n$/),
      `READY=1\n${mainPid}\nSTATUS=reloaded\n`,
      'STOPPING=1\n',
    ]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: [] });
  });
});

test('MONOTONIC_USEC is the clock of the machine, in microseconds', async () => {
  const address = await freshAddress('abstract');
  const receiver = await startReceiver(address);
  const host = startHost('waits', { env: { NOTIFY_SOCKET: address } });
  await host.line('ready');
  const before = process.hrtime.bigint() / 1000n;
  host.child.kill('SIGHUP');
  await receiver.until('reload', (got) => got.length === 3);
  const told = BigInt(/MONOTONIC_USEC=(\d+)/.exec(receiver.datagrams[1] ?? '')?.[1] ?? 0);
  expect(told).toBeGreaterThanOrEqual(before);
  expect(told).toBeLessThanOrEqual(process.hrtime.bigint() / 1000n);
});

test('a daemon that is done at once has still told everything', async () => {
  const address = await freshAddress('path');
  const receiver = await startReceiver(address);
  const host = startHost('tells', { config: { exits: true }, env: { NOTIFY_SOCKET: address } });
  expect((await host.end()).exitCode).toBe(0);
  await receiver.until('STOPPING=1', (got) => got.length === 2);
  expect(receiver.datagrams.map((text) => text.split('\n')[0])).toEqual(['READY=1', 'STOPPING=1']);
});

test('ctx.status() is STATUS=, also of READY=1, and a reload keeps it', async () => {
  const address = await freshAddress('abstract');
  const receiver = await startReceiver(address);
  const env = { NOTIFY_SOCKET: address, DUENDE_PLATFORM: 'linux' };
  const host = startHost('tells', { config: { early: 'filling\nthe cache' }, env });
  await receiver.until('READY=1', (got) => got.length === 2);
  host.child.kill('SIGUSR1');
  await receiver.until('status', (got) => got.length === 3);
  host.child.kill('SIGHUP');
  await host.line('reloaded');
  await receiver.until('reload', (got) => got.length >= 5);
  const mainPid = `MAINPID=${host.child.pid}`;
  expect([...receiver.datagrams.slice(0, 3), receiver.datagrams[4]]).toEqual([
    'STATUS=filling the cache\n',
    `READY=1\n${mainPid}\nSTATUS=filling the cache\n`,
    'STATUS=got USR1\n',
    `READY=1\n${mainPid}\nSTATUS=got USR1\n`,
  ]);
});

test('the descriptor of an adapter comes first', async () => {
  const address = await freshAddress('abstract');
  const receiver = await startReceiver(address);
  const host = startHost('waits', { notify: true, env: { NOTIFY_SOCKET: address } });
  await host.until('READY=1', () => host.seen.notify !== '');
  host.child.kill('SIGTERM');
  await host.end();
  expect(receiver.datagrams).toEqual([]);
});

test('a container has other process ids than the service manager', async () => {
  const address = await freshAddress('abstract');
  const receiver = await startReceiver(address);
  startHost('waits', { env: { NOTIFY_SOCKET: address, DUENDE_PLATFORM: 'container' } });
  await receiver.until('READY=1', (got) => got.length === 1);
  expect(receiver.datagrams).toEqual(['READY=1\nSTATUS=ready\n']);
});

test('an adapter says where @duende/notify is', async () => {
  const address = await freshAddress('abstract');
  const receiver = await startReceiver(address);
  const file = join(import.meta.dirname, '../../notify/src/index.ts');
  const env = { NOTIFY_SOCKET: address, DUENDE_NOTIFY_MODULE: pathToFileURL(file).href };
  startHost('waits', { env });
  await receiver.until('READY=1', (got) => got.length === 1);
});

test.each([
  [
    'no module',
    { DUENDE_NOTIFY_MODULE: 'file:///nowhere/notify.js' },
    /install @duende\/notify \(Cannot find module/,
  ],
  ['no URL', { DUENDE_NOTIFY_MODULE: 'notify' }, /install @duende\/notify \(Invalid URL/],
  [
    'no address',
    { NOTIFY_SOCKET: 'vsock:2:1' },
    /NOTIFY_SOCKET: expected an absolute path or @NAME, got "vsock:2:1"/,
  ],
  ['nobody there', { NOTIFY_SOCKET: '/nowhere/notify' }, /Cannot send to the notify socket: sendto: ENOENT/],
])('%s: one warning, and the daemon runs', async (_, env, warning) => {
  const host = startHost('waits', { env: { NOTIFY_SOCKET: '@duende-test/none', ...env } });
  await host.line('ready');
  host.child.kill('SIGHUP');
  await host.line('reloaded');
  host.child.kill('SIGTERM');
  const { exitCode, stderr } = await host.end();
  expect(exitCode).toBe(0);
  expect(stderr).toMatchObject([{ level: 'warn', msg: expect.stringMatching(warning) }]);
});
