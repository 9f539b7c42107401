import { expect, test } from 'vitest';
import { formatNotify } from '../src/host.ts';
import { startHost } from './run-host.ts';

test('READY=1 after init, RELOADING=1 and READY=1 around a reload, STOPPING=1 at the end', async () => {
  const host = startHost('waits', { notify: true });
  await host.until('READY=1', () => host.seen.notify === 'READY=1\nSTATUS=ready\n');
  host.child.kill('SIGHUP');
  await host.line('reloaded');
  await host.until('second READY=1', () => host.seen.notify.endsWith('READY=1\nSTATUS=reloaded\n'));
  host.child.kill('SIGTERM');
  await host.end();
  expect(host.seen.notify).toMatch(
    /^READY=1\nSTATUS=ready\nRELOADING=1\nMONOTONIC_USEC=\d+\nREADY=1\nSTATUS=reloaded\nSTOPPING=1\n$/,
  );
});

test('not ready while init runs', async () => {
  const host = startHost('stubborn', { config: { phase: 'init', ms: 400 }, notify: true });
  await host.line('init');
  expect(host.seen.notify).toBe('');
  await host.until('READY=1', () => host.seen.notify === 'READY=1\nSTATUS=ready\n');
});

test('with manualReady only ctx.ready() says so, once', async () => {
  const host = startHost('late-ready', { notify: true });
  await host.line('running');
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(host.seen.notify).toBe('');
  host.child.kill('SIGUSR1');
  await host.until('READY=1', () => host.seen.notify === 'READY=1\nSTATUS=ready\n');
  host.child.kill('SIGTERM');
  expect((await host.end()).exitCode).toBe(0);
  expect(host.seen.notify).toBe('READY=1\nSTATUS=ready\nSTOPPING=1\n');
});

test('a descriptor that nobody reads is one warning, and the daemon runs', async () => {
  const host = startHost('idle', { env: { DUENDE_NOTIFY_FD: '77' } });
  await host.line('ready');
  host.child.kill('SIGTERM');
  const { exitCode, stderr } = await host.end();
  expect(exitCode).toBe(0);
  expect(stderr).toMatchObject([{ level: 'warn', msg: expect.stringContaining('EBADF') }]);
});

test('a status is one line', () => {
  expect(formatNotify({ state: 'ready', status: 'a\nREADY=0\n' })).toBe('READY=1\nSTATUS=a READY=0 \n');
  expect(formatNotify({ state: 'reloading' }, 5n)).toBe('RELOADING=1\nMONOTONIC_USEC=5\n');
  expect(formatNotify({})).toBe('');
  expect(formatNotify({ state: 'ready' }, 5n, 7)).toBe('READY=1\nMAINPID=7\n');
  expect(formatNotify({ watchdog: true, status: '' }, 5n, 7)).toBe('STATUS=\nWATCHDOG=1\n');
});

test('a message fits into what systemd reads, and has no NUL', () => {
  const text = formatNotify({ state: 'ready', status: `\0${'語'.repeat(5000)}` }, 5n, 2 ** 22);
  expect(Buffer.byteLength(text)).toBeLessThan(4096);
  expect(text).not.toContain('\0');
});

test('a reload without anything to do is told too; systemctl reload waits for it', async () => {
  const host = startHost('idle', { notify: true });
  await host.line('ready');
  host.child.kill('SIGHUP');
  await host.until('second READY=1', () =>
    /RELOADING=1\nMONOTONIC_USEC=\d+\nREADY=1\n$/.test(host.seen.notify),
  );
});
