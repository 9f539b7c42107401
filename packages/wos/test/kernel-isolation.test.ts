import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { TraceEvent } from '../src/kernel/index.ts';
import { until, useKernel } from './support/kernel.ts';
import { describeWithPrograms, temporaryFolder } from './support/programs.ts';
import { assemble } from './support/wat.ts';

const isolated = { isolation: 'process' } as const;
const lives = (pid: number) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

describeWithPrograms('a process with an OS process of its own', () => {
  const folder = temporaryFolder();
  const test = useKernel({ threads: 1, moduleCache: join(folder, 'modules') });
  const osPid = (pid: number) => test.kernel.status(pid).osPid as number;

  it('writes, ends with its code or trap, and leaves no OS process', async () => {
    const streams = await test.start('basics', ['streams'], isolated);
    const os = osPid(streams.pid);
    expect(os).not.toBe(process.pid);
    expect(await streams.end()).toEqual({ exit: { code: 0 }, stdout: 'out\nunfinished', stderr: 'err\n' });
    expect((await test.run('basics', ['exit', '7'], isolated)).exit).toEqual({ code: 7 });
    expect((await test.run('basics', ['divide'], isolated)).exit).toMatchObject({ signal: 'SIGFPE' });
    await until('its OS process is gone', () => !lives(os));
  });

  it('stands in the process table as others do', async () => {
    const spin = await test.start('basics', ['spin'], { ...isolated, priority: 5 });
    await until('it computes', () => test.kernel.status(spin.pid).cpuTime > 50);
    expect(test.kernel.status(spin.pid)).toMatchObject({
      isolation: 'process',
      thread: -1,
      priority: 5,
      parent: 1,
    });
    expect(test.kernel.status(spin.pid).memory).toBeGreaterThan(65_536);
    expect(test.kernel.stats(spin.pid)).toMatchObject({ openFiles: 3 });
    expect(test.kernel.stats(spin.pid).preemptions).toBeGreaterThan(5);
    test.kernel.renice(spin.pid, 7);
    await until('it is idle', () => test.kernel.status(spin.pid).priority === 7);
    test.kernel.signal(spin.pid, 'STOP');
    await until('it is stopped', () => test.kernel.status(spin.pid).state === 'stopped');
    const { cpuTime } = test.kernel.status(spin.pid);
    await new Promise((done) => setTimeout(done, 100));
    expect(test.kernel.status(spin.pid).cpuTime).toBe(cpuTime);
    test.kernel.signal(spin.pid, 'CONT');
    await until('it computes', () => test.kernel.status(spin.pid).cpuTime > cpuTime);
    const began = performance.now();
    test.kernel.signal(spin.pid, 'KILL');
    expect((await spin.end()).exit).toEqual({ signal: 'SIGKILL' });
    expect(performance.now() - began).toBeLessThan(400);
    expect(test.kernel.list()).toEqual([]);
  });

  it('gets signals in its handlers', async () => {
    const trap = await test.start('signals', ['trap'], isolated);
    await trap.says('ready');
    await trap.waits();
    test.kernel.signal(trap.pid, 'TERM');
    await trap.says('TERM');
    test.kernel.signal(trap.pid, 'KILL');
    await trap.end();
  });

  it('sends messages to others and receives theirs, within the quota', async () => {
    const alone = await test.start('mail', ['answer'], isolated);
    const asks = await test.run('mail', ['ask', String(alone.pid), '200']);
    expect(asks.exit).toEqual({ code: 0 });
    expect((await alone.end()).exit).toEqual({ code: 0 });
    const server = await test.start('mail', ['answer']);
    expect((await test.run('mail', ['ask', String(server.pid), '200'], isolated)).exit).toEqual({ code: 0 });
    await server.end();
    const idle = await test.start('basics', ['sleep'], { ...isolated, limits: { mailboxCount: 3 } });
    const sent = Array.from({ length: 5 }, () => test.kernel.send(idle.pid, new Uint8Array(1)));
    expect(sent).toEqual(['sent', 'sent', 'sent', 'full', 'full']);
    test.kernel.signal(idle.pid, 'KILL');
    await idle.end();
  });

  it('gives the room of a message free when it is received', async () => {
    const receiver = await test.start('mail', ['receive', '50'], {
      ...isolated,
      limits: { mailboxCount: 5 },
    });
    for (let sent = 0; sent < 50; ) {
      if (test.kernel.send(receiver.pid, Buffer.from(`message ${sent}`)) === 'sent') sent++;
      else await new Promise(setImmediate);
    }
    expect((await receiver.end()).stdout).toContain('from 0 <message 49>');
  });

  it('has a standard input, a log, directories and a trace', async () => {
    const log = { folder: join(folder, 'log'), maxSize: 100_000, files: 1 };
    const cat = await test.start('basics', ['cat'], { ...isolated, stdin: 'host', stdout: log });
    const events: TraceEvent[] = [];
    test.kernel.trace(cat.pid, (more) => events.push(...more));
    await test.kernel.write(cat.pid, Buffer.from('hello\n'));
    await test.kernel.write(cat.pid, undefined);
    expect((await cat.end()).exit).toEqual({ code: 0 });
    const [file] = readdirSync(log.folder) as [string];
    expect(readFileSync(join(log.folder, file), 'utf8')).toMatch(/^\S+ stdout F hello\n$/);
    expect(events.find(({ call }) => call === 'fd_write')).toMatchObject({ pid: cat.pid, result: 0 });
    const preopens = [{ guest: '/none', host: join(folder, 'none'), write: false }];
    await expect(
      test.start('basics', ['exit', '0'], { ...isolated, capabilities: { preopens } }),
    ).rejects.toMatchObject({
      reason: 'exec-failed',
    });
  });

  it('has the limits of others: memory, CPU', async () => {
    const hoarder = assemble(`(module (memory (export "memory") 1) (func (export "_start")
      (loop $more (br_if $more (i32.ne (memory.grow (i32.const 1)) (i32.const -1)))) unreachable))`);
    const limits = { memoryMax: 2 ** 20 };
    const pid = await test.kernel.spawn({ name: 'hoarder', module: hoarder, limits, ...isolated });
    expect(await test.kernel.wait(pid)).toEqual({ signal: 'SIGABRT', trap: 'unreachable', oom: true });
    const spins = await test.run('basics', ['spin'], { ...isolated, limits: { cpuTime: 100 } });
    expect(spins.exit).toEqual({ signal: 'SIGXCPU' });
  });

  it('that cannot be run is refused, saying why', async () => {
    const spawn = (module: Uint8Array | string) => test.kernel.spawn({ name: 'x', module, ...isolated });
    await expect(spawn(new Uint8Array([1, 2, 3]))).rejects.toMatchObject({ reason: 'exec-failed' });
    await expect(spawn('/none.wasm')).rejects.toMatchObject({ reason: 'not-found' });
    expect(test.kernel.list()).toEqual([]);
  });

  it('ends when its OS process is killed; the kernel and others go on', async () => {
    const other = await test.start('basics', ['sleep']);
    const [spin, sleeps] = [
      await test.start('basics', ['spin'], isolated),
      await test.start('basics', ['sleep'], isolated),
    ];
    const [one, two] = [osPid(spin.pid), osPid(sleeps.pid)];
    process.kill(one, 'SIGKILL');
    process.kill(two, 'SIGSEGV');
    expect((await spin.end()).exit).toEqual({
      signal: 'SIGKILL',
      trap: `its OS process ${one} was ended by SIGKILL`,
    });
    expect((await sleeps.end()).exit).toEqual({
      signal: 'SIGSEGV',
      trap: `its OS process ${two} was ended by SIGSEGV`,
    });
    expect(test.kernel.list()).toEqual([test.kernel.status(other.pid)]);
    expect((await test.run('basics', ['exit', '4'], isolated)).exit).toEqual({ code: 4 });
    test.kernel.signal(other.pid, 'KILL');
    await other.end();
  });

  it('is killed also where its OS process was stopped, and is told of TERM that was sent to that', async () => {
    const [frozen, polite] = [
      await test.start('basics', ['spin'], isolated),
      await test.start('basics', ['sleep'], isolated),
    ];
    process.kill(osPid(frozen.pid), 'SIGSTOP');
    test.kernel.signal(frozen.pid, 'KILL');
    expect((await frozen.end()).exit).toMatchObject({ signal: 'SIGKILL' });
    process.kill(osPid(polite.pid), 'SIGINT');
    process.kill(osPid(polite.pid), 'SIGTERM');
    expect((await polite.end()).exit).toEqual({ signal: 'SIGTERM' });
  });
});
