import { expect, it } from 'vitest';
import type { TraceEvent } from '../src/kernel/index.ts';
import { sleep, until, useKernel } from './support/kernel.ts';
import { describeWithPrograms } from './support/programs.ts';

const spawn = { capabilities: { spawn: true } };

describeWithPrograms('a process that starts processes', () => {
  const test = useKernel({ threads: 2, firstPid: 100 });
  const running = (name: string) => test.kernel.list().filter((each) => each.name === name);

  it('begins with the PID that the kernel was booted with', async () => {
    const first = await test.start('basics', ['exit', '0']);
    expect(first.pid).toBe(100);
    await first.end();
  });

  it('starts itself with arguments and environment, and waits: for one, for any, for some time, not at all', async () => {
    const parent = await test.start('family', ['basic'], spawn);
    const { stdout, stderr, exit } = await parent.end();
    expect(exit).toEqual({ code: 0 });
    expect(stderr).toBe('and on stderr\n');
    // One of the children says that at some time.
    expect(stdout.replace('sleeps\n', '').split('\n')).toEqual([
      `other me blue parent ${parent.pid}`,
      'spawn 0',
      'tell: code 0 signal 0',
      'exit: code 7 signal 0',
      'the same 1, gone 1',
      // ECHILD, EAGAIN, ETIMEDOUT of wasi-libc.
      'none: error 12',
      'poll: error 6',
      'later: error 73',
      'kill 0',
      'killed: code 0 signal 15',
      'dead 1',
      '',
    ]);
    expect(test.kernel.list()).toEqual([]);
  });

  it('is refused it without the capability', async () => {
    // ENOTCAPABLE.
    expect(await test.run('family', ['orphan'])).toMatchObject({ exit: { code: 1 }, stdout: 'spawn 76\n' });
  });

  it('is interrupted in waiting by a signal', async () => {
    const parent = await test.start('family', ['interrupted'], spawn);
    await parent.says('waits\n');
    await parent.says('sleeps');
    await parent.waits();
    test.kernel.signal(parent.pid, 'USR1');
    expect((await parent.end()).stdout).toContain('wait: error 27\n');
    for (const { pid } of running('family')) test.kernel.signal(pid, 'KILL');
    await until('all have ended', () => test.kernel.list().length === 0);
  });

  it('stands in the process table with its children; orphans become those of init', async () => {
    const chain = await test.start('family', ['chain', '2'], spawn);
    await chain.says('0 left');
    const [top, middle, bottom] = test.kernel.list();
    expect(top).toMatchObject({ pid: chain.pid, parent: 1, root: chain.pid });
    expect(middle).toMatchObject({ parent: top?.pid, root: chain.pid, name: 'family' });
    expect(bottom).toMatchObject({ parent: middle?.pid, root: chain.pid });
    const below = [middle?.pid, bottom?.pid] as number[];
    expect(test.kernel.descendants(chain.pid)).toEqual(below);
    expect(test.kernel.descendants(below[0] as number)).toEqual([below[1]]);
    test.kernel.signal(below[0] as number, 'KILL');
    await test.kernel.wait(below[0] as number);
    expect(test.kernel.status(below[0] as number).state).toBe('zombie');
    expect(test.kernel.status(below[1] as number)).toMatchObject({ parent: 1, root: chain.pid });
    expect(test.kernel.descendants(chain.pid)).toEqual([below[1]]);
    test.kernel.signal(chain.pid, 'KILL');
    await chain.end();
    // What it has left is still known as its own.
    expect(test.kernel.descendants(chain.pid)).toEqual([below[1]]);
    expect(test.kernel.signalTree(chain.pid, 'KILL')).toBe(1);
    expect(await test.kernel.wait(below[1] as number)).toEqual({ signal: 'SIGKILL' });
    expect(test.kernel.list()).toEqual([]);
  });

  it('signals its descendants, orphans among them, and nobody else', async () => {
    const stranger = await test.start('basics', ['sleep']);
    const { stdout } = await test.run('family', ['rights', String(stranger.pid)], spawn);
    // EPERM; init is in no slot: ESRCH.
    expect(stdout).toContain('orphan: code 0 signal 0\norphan 0 init 71 stranger 63\n');
    const parent = await test.start('basics', ['sleep']);
    const child = await test.run('family', ['kill-parent'], { parent: parent.pid });
    expect(child.exit).toEqual({ code: 63 });
    for (const { pid } of [stranger, parent]) test.kernel.signal(pid, 'KILL');
    await Promise.all([stranger.end(), parent.end()]);
  });

  it('keeps its zombies, which init reaps after it', async () => {
    const parent = await test.start('family', ['zombies', '5'], spawn);
    await parent.says('started');
    await until(
      'they have ended',
      () => running('family').filter((each) => each.state === 'zombie').length === 5,
    );
    expect(test.kernel.descendants(parent.pid)).toEqual([]);
    test.kernel.signal(parent.pid, 'KILL');
    await parent.end();
    expect(test.kernel.list()).toEqual([]);
  });

  it('is stopped, continued and killed with all its descendants', async () => {
    const chain = await test.start('family', ['chain', '3'], spawn);
    await chain.says('0 left');
    const all = [chain.pid, ...test.kernel.descendants(chain.pid)];
    expect(all).toHaveLength(4);
    expect(test.kernel.signalTree(chain.pid, 'STOP')).toBe(4);
    await until('all are stopped', () => all.every((pid) => test.kernel.status(pid).state === 'stopped'));
    expect(test.kernel.signalTree(chain.pid, 'CONT')).toBe(4);
    await until('all sleep', () => all.every((pid) => test.kernel.status(pid).state === 'sleeping'));
    test.kernel.signalTree(chain.pid, 'TERM');
    for (const pid of all) expect(await test.kernel.wait(pid)).toEqual({ signal: 'SIGTERM' });
    expect(test.kernel.list()).toEqual([]);
  });

  it('starts thousands one after the other', async () => {
    const { exit } = await test.run('family', ['churn', '2000'], spawn);
    expect(exit).toEqual({ code: 0 });
    expect(test.kernel.list()).toEqual([]);
  });

  it('is traced in doing so as in other calls', async () => {
    const events: TraceEvent[] = [];
    const chain = await test.start('family', ['chain', '0'], spawn);
    await chain.says('0 left');
    test.kernel.signalTree(chain.pid, 'KILL');
    await chain.end();
    const parent = await test.start('family', ['churn', '300'], spawn);
    const detach = test.kernel.trace(parent.pid, (more) => events.push(...more));
    await parent.end();
    detach();
    await sleep(1);
    const [started, waited] = ['spawn', 'wait'].map((name) => events.find(({ call }) => call === name));
    expect(started).toMatchObject({ pid: parent.pid, args: { length: 0 }, result: 0 });
    expect(waited).toMatchObject({ args: { timeout: '-1' }, result: 0 });
  });

  it('shares the quota of the CPU and the log with what it starts', async () => {
    const { pid } = await test.start('family', ['spin-all', '4'], { ...spawn, limits: { cpuQuota: 0.3 } });
    await until('all are there', () => test.kernel.descendants(pid).length === 4);
    const used = () =>
      [pid, ...test.kernel.descendants(pid)].reduce((sum, each) => sum + test.kernel.stats(each).cpuTime, 0);
    const [before, began] = [used(), performance.now()];
    await sleep(1000);
    const share = (used() - before) / (performance.now() - began);
    test.kernel.signalTree(pid, 'KILL');
    await test.kernel.wait(pid);
    expect(share).toBeLessThan(0.4);
  });
});
