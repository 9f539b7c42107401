import { expect, it } from 'vitest';
import { sleep, until, useKernel } from './support/kernel.ts';
import { describeWithPrograms } from './support/programs.ts';

describeWithPrograms('signals', () => {
  const test = useKernel();

  it('reach handlers while the process waits: the call fails with EINTR', async () => {
    const trap = await test.start('signals', ['trap']);
    await trap.says('ready\n');
    for (const signal of ['TERM', 'INT', 'HUP', 'USR1', 'USR2', 'QUIT', 'CONT'] as const) {
      await trap.waits();
      test.kernel.signal(trap.pid, signal);
      await trap.says(`${signal} -1 EINTR\n`);
    }
    test.kernel.signal(trap.pid, 'KILL');
    expect((await trap.end()).exit).toEqual({ signal: 'SIGKILL' });
  });

  it('reach handlers while it computes', async () => {
    const spin = await test.start('signals', ['spin']);
    await spin.says('ready\n');
    test.kernel.signal(spin.pid, 'USR2');
    expect(await spin.end()).toMatchObject({ exit: { code: 5 }, stdout: 'ready\nUSR2\n' });
  });

  it('leave what is below the stack pointer alone', async () => {
    const leaf = await test.start('signals', ['leaf']);
    await leaf.says('ready\n');
    await sleep(20);
    test.kernel.signal(leaf.pid, 'USR1');
    expect((await leaf.end()).stdout).toBe('ready\nleaf 0\n');
  });

  it('are handled one after the other, by handlers that wait and compute', async () => {
    const slow = await test.start('signals', ['slow']);
    await slow.says('ready\n');
    test.kernel.signal(slow.pid, 'USR1');
    test.kernel.signal(slow.pid, 'TERM');
    const { stdout, exit } = await slow.end();
    expect(exit).toEqual({ code: 0 });
    const order = stdout.split('\n').slice(1, 5);
    expect(order.filter((_, index) => index % 2 === 0)).toEqual(
      order.filter((_, index) => index % 2 === 1).map((line) => line.replace('end', 'begin')),
    );
    expect([...order].sort()).toEqual(['begin TERM', 'begin USR1', 'end TERM', 'end USR1']);
  });

  it('may end the process from the handler', async () => {
    const leave = await test.start('signals', ['leave']);
    await leave.says('ready\n');
    test.kernel.signal(leave.pid, 'HUP');
    expect((await leave.end()).exit).toEqual({ code: 101 });
  });

  it('reach a program that gives only its raise(), while it waits', async () => {
    const plain = await test.start('signals', ['raise']);
    await plain.says('ready 0\n');
    await plain.waits();
    test.kernel.signal(plain.pid, 'TERM');
    await plain.says('TERM -1 1\n');
    await plain.waits();
    test.kernel.signal(plain.pid, 'USR1');
    expect((await plain.end()).exit).toEqual({ signal: 'SIGUSR1' });
  });

  it('that are ignored interrupt nothing', async () => {
    const ignore = await test.start('signals', ['ignore']);
    await ignore.says('ready\n');
    for (const signal of ['TERM', 'INT', 'USR1'] as const) test.kernel.signal(ignore.pid, signal);
    expect(await ignore.end()).toMatchObject({ exit: { code: 0 }, stdout: 'ready\nslept 0\n' });
  });

  it('end a process without a handler', async () => {
    for (const signal of ['TERM', 'INT', 'HUP', 'USR1', 'USR2', 'QUIT', 'KILL'] as const) {
      const idle = await test.start('basics', ['sleep']);
      test.kernel.signal(idle.pid, signal);
      expect((await idle.end()).exit).toEqual({ signal: `SIG${signal}` });
    }
  });

  it('can be sent to oneself, and take effect at once', async () => {
    const self = async (number: string) => test.run('signals', ['self', number]);
    expect(await self('10')).toMatchObject({ stdout: '0 USR1 1\n', exit: { signal: 'SIGUSR1' } });
    expect(await self('9')).toMatchObject({ stdout: '0 USR1 1\n', exit: { signal: 'SIGKILL' } });
    expect(await self('15')).toMatchObject({ stdout: '0 USR1 1\nstill here\n', exit: { code: 0 } });
  });

  it('cannot be sent to strangers', async () => {
    const other = await test.start('basics', ['sleep']);
    const { stdout } = await test.run('signals', ['others', String(other.pid)]);
    expect(stdout).toBe('init 1 none 1 self 1 bad 1\nother 1\n');
    expect(test.kernel.status(other.pid).exit).toBeUndefined();
    test.kernel.signal(other.pid, 'KILL');
    await other.end();
  });

  it('stop an endless loop, whose CPU time then stands still, and continue it', async () => {
    const spin = await test.start('basics', ['spin']);
    const { kernel } = test;
    await until('it computes', () => kernel.status(spin.pid).cpuTime > 5);
    kernel.signal(spin.pid, 'STOP');
    await until('it is stopped', () => kernel.status(spin.pid).state === 'stopped');
    const before = kernel.status(spin.pid).cpuTime;
    await sleep(50);
    expect(kernel.status(spin.pid).cpuTime).toBe(before);
    kernel.signal(spin.pid, 'CONT');
    await until('it computes again', () => kernel.status(spin.pid).cpuTime > before + 5);
    kernel.signal(spin.pid, 'KILL');
    expect((await spin.end()).exit).toEqual({ signal: 'SIGKILL' });
  });

  it('wait for a stopped process to be continued, except KILL', async () => {
    const trap = await test.start('signals', ['trap']);
    await trap.says('ready\n');
    await trap.waits();
    test.kernel.signal(trap.pid, 'STOP');
    test.kernel.signal(trap.pid, 'USR1');
    await sleep(50);
    expect(trap.stdout).toBe('ready\n');
    expect(test.kernel.status(trap.pid).state).toBe('stopped');
    test.kernel.signal(trap.pid, 'CONT');
    await trap.says('EINTR\n');
    test.kernel.signal(trap.pid, 'STOP');
    test.kernel.signal(trap.pid, 'KILL');
    expect((await trap.end()).exit).toEqual({ signal: 'SIGKILL' });
  });

  it('to what is not there are refused', async () => {
    const { pid } = await test.start('basics', ['exit', '0']);
    await test.kernel.wait(pid);
    expect(() => test.kernel.signal(pid, 'TERM')).toThrow(
      expect.objectContaining({ code: 'SignalFailed', reason: 'not-running' }),
    );
    expect(() => test.kernel.signal(123_456, 'TERM')).toThrow(
      expect.objectContaining({ reason: 'not-found' }),
    );
    expect(() => test.kernel.signal(1, 'TERM')).toThrow(
      expect.objectContaining({ reason: 'permission-denied' }),
    );
  });
});
