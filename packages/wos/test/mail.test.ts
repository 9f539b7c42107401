import { expect, it } from 'vitest';
import { until, useKernel } from './support/kernel.ts';
import { describeWithPrograms } from './support/programs.ts';

describeWithPrograms('messages', () => {
  const test = useKernel({ threads: 2 });
  const bytes = (text: string) => new TextEncoder().encode(text);

  it('from the host arrive in order', async () => {
    const receiver = await test.start('mail', ['receive', '3']);
    for (const text of ['one', '', 'three']) expect(test.kernel.send(receiver.pid, bytes(text))).toBe('sent');
    expect((await receiver.end()).stdout).toBe(
      `pid ${receiver.pid} parent 1\nfrom 0 <one>\nfrom 0 <>\nfrom 0 <three>\n`,
    );
  });

  it('go back and forth between processes, on one thread and across threads', async () => {
    const servers = [await test.start('mail', ['answer']), await test.start('mail', ['answer'])];
    const threads = servers.map(({ pid }) => test.kernel.status(pid).thread);
    expect([...threads].sort()).toEqual([0, 1]);
    const asking = servers.map(({ pid }) => test.run('mail', ['ask', String(pid), '500']));
    for (const { exit } of await Promise.all(asking)) expect(exit).toEqual({ code: 0 });
    for (const server of servers) expect((await server.end()).exit).toEqual({ code: 0 });
  });

  it('are waited for as long as asked', async () => {
    expect((await test.run('mail', ['timeout'])).stdout).toBe('now 1\nlater 1\nin time 1\n');
  });

  it('that are longer than the buffer stay', async () => {
    const small = await test.start('mail', ['small']);
    test.kernel.send(small.pid, bytes('longer'));
    expect((await small.end()).stdout).toBe('EMSGSIZE 6\n0 <longer>\n');
  });

  it('fill a mailbox to its quota, and a million of them harm nobody', async () => {
    const idle = await test.start('basics', ['sleep'], { limits: { mailboxCount: 100, mailboxBytes: 1000 } });
    const { stdout } = await test.run('mail', ['flood', String(idle.pid)]);
    expect(stdout).toBe('sent 100 full 999900 other 0\nbig 1 none 1\n');
    expect(test.kernel.stats(idle.pid)).toMatchObject({ mailboxCount: 100, mailboxBytes: 500 });
    expect(test.kernel.send(idle.pid, bytes('x'))).toBe('full');
    expect(test.kernel.send(idle.pid, new Uint8Array(1001))).toBe('too-big');
    test.kernel.signal(idle.pid, 'KILL');
    await idle.end();
    expect(() => test.kernel.send(idle.pid, bytes('x'))).toThrow(`The process ${idle.pid} has ended`);
  });

  it('give their room free when they are received', async () => {
    const receiver = await test.start('mail', ['receive', '50'], {
      limits: { mailboxCount: 5, mailboxBytes: 100 },
    });
    for (let sent = 0; sent < 50; ) {
      if (test.kernel.send(receiver.pid, bytes(`message ${sent}`)) === 'sent') sent++;
      else await new Promise(setImmediate);
    }
    const { stdout } = await receiver.end();
    expect(stdout.trimEnd().split('\n').slice(1)).toEqual(
      Array.from({ length: 50 }, (_, index) => `from 0 <message ${index}>`),
    );
  });

  it('are sent to nobody after the end of a process', async () => {
    const receiver = await test.start('mail', ['receive', '1']);
    test.kernel.send(receiver.pid, bytes('last'));
    await receiver.end();
    await until('its slot is free', () => test.kernel.status(receiver.pid).state === 'ended');
    expect((await test.run('mail', ['ask', String(receiver.pid), '1'])).exit).toEqual({ code: 2 });
  });
});
