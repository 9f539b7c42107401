import { chmod, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createSocketNotifier, type NotifyError } from '../src/index.ts';
import { findSystemdNotify } from '../src/systemd-notify.ts';
import { freshAddress, startReceiver } from './receiver.ts';

const kinds = ['path', 'abstract'] as const;

describe.each(kinds)('an address that is %s', (kind) => {
  test('gets each message as one datagram, in order', async () => {
    const address = await freshAddress(kind);
    const receiver = await startReceiver(address);
    const notifier = createSocketNotifier(address);
    expect(notifier.by).toBe('ffi');
    const messages = ['READY=1\nSTATUS=größer 語\n', 'WATCHDOG=1\n', `STATUS=${'x'.repeat(4000)}\n`];
    for (const message of messages) notifier.send(message);
    notifier.send('');
    await receiver.until('messages', (got) => got.length >= messages.length);
    expect(receiver.datagrams).toEqual(messages);
    await notifier.close();
  });

  test('can be told things by a user that is not root', async () => {
    const address = await freshAddress(kind);
    const receiver = await startReceiver(address);
    const user = process.getuid?.() === 0 ? '65534' : '0';
    const script = join(import.meta.dirname, 'send.ts');
    const { stdout } = await execa(process.execPath, [script, address, user, 'READY=1\n', 'STOPPING=1\n']);
    expect(stdout).toMatch(/^ffi [1-9]/);
    await receiver.until('messages', (got) => got.length === 2);
    expect(receiver.datagrams).toEqual(['READY=1\n', 'STOPPING=1\n']);
  });

  test('is served by systemd-notify where there is no koffi', async () => {
    const address = await freshAddress(kind);
    const receiver = await startReceiver(address);
    const notifier = createSocketNotifier(address, { by: 'command' });
    for (let count = 1; count <= 5; count += 1) notifier.send(`READY=1\nSTATUS=-n "a" $b ${count}\n`);
    await notifier.close();
    await receiver.until('fifth status', (got) => got.some((text) => text.includes('$b 5')));
    const told = receiver.datagrams.filter((text) => text.startsWith('READY=1'));
    expect(told.map((text) => text.trim())).toEqual(
      [1, 2, 3, 4, 5].map((count) => `READY=1\nSTATUS=-n "a" $b ${count}`),
    );
  });
});

/** Datagrams that the kernel keeps at most: of the receiver (sysctl), and of the sender (SO_SNDBUF, of which each takes 768 bytes). */
async function kernelQueue(): Promise<number> {
  const length = Number(await readFile('/proc/sys/net/unix/max_dgram_qlen', 'utf8'));
  const buffer = Number(await readFile('/proc/sys/net/core/wmem_default', 'utf8'));
  return Math.min(length, Math.ceil(buffer / 768)) + 2;
}

test('a receiver that does not read loses nothing and does not block', async () => {
  const length = await kernelQueue();
  const address = await freshAddress('abstract');
  const receiver = await startReceiver(address, { delay: 0.7 });
  const errors: NotifyError[] = [];
  const notifier = createSocketNotifier(address, { onError: (error) => errors.push(error) });
  const messages = Array.from({ length: length + 100 }, (_, index) => `STATUS=${index}\n`);
  const begun = performance.now();
  for (const message of messages) notifier.send(message);
  expect(performance.now() - begun).toBeLessThan(600);
  await notifier.close();
  await receiver.until('the last one', (got) => got.length === messages.length);
  expect(receiver.datagrams).toEqual(messages);
  expect(errors).toEqual([]);
});

test('a receiver that never reads costs neither memory nor an endless end', async () => {
  const length = await kernelQueue();
  const address = await freshAddress('abstract');
  await startReceiver(address, { delay: 60 });
  const errors: NotifyError[] = [];
  const notifier = createSocketNotifier(address, { onError: (error) => errors.push(error) });
  for (let count = 0; count < length + 1000; count += 1) notifier.send('WATCHDOG=1\n');
  expect(errors.at(-1)).toMatchObject({ name: 'NotifyError', code: 'ENOBUFS' });
  const begun = performance.now();
  await notifier.close();
  expect(performance.now() - begun).toBeLessThan(4000);
});

test('an error is told, and the next message is tried again', async () => {
  const address = await freshAddress('path');
  const errors: NotifyError[] = [];
  const notifier = createSocketNotifier(address, { onError: (error) => errors.push(error) });
  notifier.send('READY=1\n');
  expect(errors).toMatchObject([{ name: 'NotifyError', code: 'ENOENT' }]);
  const first = await startReceiver(address);
  await first.end();
  notifier.send('READY=1\n');
  expect(errors[1]?.message).toBe('Cannot send to the notify socket: sendto: ECONNREFUSED');
  await rm(address);
  const second = await startReceiver(address);
  notifier.send('STATUS=again\n');
  await second.until('message', (got) => got.length === 1);
  expect(errors).toHaveLength(2);
  await notifier.close();
});

test('closing twice is fine, leaves no descriptor, and later messages go nowhere', async () => {
  const address = await freshAddress('abstract');
  const receiver = await startReceiver(address);
  createSocketNotifier(address).send('STATUS=first\n');
  const before = (await readdir('/proc/self/fd')).length;
  const notifier = createSocketNotifier(address);
  await notifier.close();
  await notifier.close();
  notifier.send('READY=1\n');
  expect(await readdir('/proc/self/fd')).toHaveLength(before);
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(receiver.datagrams).toEqual(['STATUS=first\n']);
});

test('a failing systemd-notify is an error in its own words', async () => {
  const errors: NotifyError[] = [];
  const address = await freshAddress('path');
  const notifier = createSocketNotifier(address, { by: 'command', onError: (error) => errors.push(error) });
  notifier.send('READY=1\n');
  await notifier.close();
  expect(errors).toHaveLength(1);
  expect(errors[0]?.message).toMatch(/^Cannot send to the notify socket: .*No such file/);
});

test('a systemd-notify that gets the signal of the daemon is run again', async () => {
  const address = await freshAddress('path');
  const receiver = await startReceiver(address);
  const program = join(address, '../systemd-notify');
  const real = findSystemdNotify();
  await writeFile(
    program,
    `#!/bin/sh\n[ -e "$0.once" ] || { : >"$0.once"; kill -TERM $$; }\nexec ${real} "$@"\n`,
  );
  await chmod(program, 0o755);
  const path = process.env.PATH;
  process.env.PATH = join(address, '..');
  onTestFinished(() => {
    process.env.PATH = path;
  });
  const errors: NotifyError[] = [];
  const notifier = createSocketNotifier(address, { by: 'command', onError: (error) => errors.push(error) });
  notifier.send('STOPPING=1\n');
  await notifier.close();
  await receiver.until('STOPPING=1', (got) => got[0]?.trim() === 'STOPPING=1');
  expect(errors).toEqual([]);
  expect(await readdir(join(address, '..'))).toContain('systemd-notify.once');
});

test('systemd-notify is found in PATH, and in /usr/bin without one', () => {
  expect(findSystemdNotify('/nowhere:relative')).toMatch(/^(\/usr)?\/bin\/systemd-notify$/);
});
