import { expect, it } from 'vitest';
import { Kernel } from '../src/kernel/index.ts';
import { until, useKernel } from './support/kernel.ts';
import { describeWithPrograms, program } from './support/programs.ts';

describeWithPrograms('the process table', () => {
  const test = useKernel({ threads: 2, processLimit: 20, history: 3 });
  const like = (properties: object) => expect.objectContaining(properties);

  it('shows what runs: parent, state, priority, times, memory, capabilities', async () => {
    const idle = await test.start('basics', ['sleep'], { priority: 6, env: { A: 'b' } });
    await until('it sleeps', () => test.kernel.status(idle.pid).state === 'sleeping');
    expect(test.kernel.list()).toEqual([test.kernel.status(idle.pid)]);
    expect(test.kernel.status(idle.pid)).toMatchObject({
      pid: idle.pid,
      name: 'basics',
      parent: 1,
      priority: 6,
      priorityName: 'low',
      args: ['basics', 'sleep'],
      capabilities: { preopens: [], net: { listen: [], connect: [], open: [] } },
    });
    expect(test.kernel.status(idle.pid).memory).toBeGreaterThan(65_536);
    expect(test.kernel.stats(idle.pid)).toMatchObject({ openFiles: 3, mailboxCount: 0, mailboxBytes: 0 });
    expect(test.kernel.stats(idle.pid).calls).toBeGreaterThan(2);
    expect(idle.pid).toBeGreaterThanOrEqual(2);
    test.kernel.signal(idle.pid, 'KILL');
    await idle.end();
    expect(test.kernel.status(idle.pid)).toMatchObject({ state: 'ended', exit: { signal: 'SIGKILL' } });
    expect(test.kernel.list()).toEqual([]);
  });

  it('keeps a zombie until its parent reaps it, or ends: then init does', async () => {
    const parent = await test.start('basics', ['sleep']);
    const [one, two, alive] = await Promise.all([
      test.start('basics', ['exit', '1'], { parent: parent.pid }),
      test.start('basics', ['exit', '2'], { parent: parent.pid }),
      test.start('basics', ['sleep'], { parent: parent.pid }),
    ]);
    await Promise.all([one.end(), two.end()]);
    expect(test.kernel.status(one.pid)).toMatchObject({
      state: 'zombie',
      exit: { code: 1 },
      parent: parent.pid,
    });
    expect(test.kernel.reap(alive.pid)).toBe(false);
    expect(test.kernel.reap(one.pid)).toBe(true);
    expect(test.kernel.status(one.pid).state).toBe('ended');
    test.kernel.signal(parent.pid, 'KILL');
    await parent.end();
    expect(test.kernel.status(two.pid)).toMatchObject({ state: 'ended', parent: 1 });
    expect(test.kernel.status(alive.pid).parent).toBe(1);
    test.kernel.signal(alive.pid, 'KILL');
    await alive.end();
  });

  it('spreads processes over the threads', async () => {
    const spinning = await Promise.all(Array.from({ length: 6 }, () => test.start('basics', ['spin'])));
    const threads = spinning.map(({ pid }) => test.kernel.status(pid).thread);
    expect(threads.filter((thread) => thread === 0)).toHaveLength(3);
    for (const { pid } of spinning) test.kernel.signal(pid, 'KILL');
    await Promise.all(spinning.map((each) => each.end()));
  });

  it('has no more than its limit; numbers are not used again', async () => {
    const attempts = Array.from({ length: 30 }, () => test.start('basics', ['sleep']));
    const settled = await Promise.allSettled(attempts);
    const running = settled.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
    expect(running).toHaveLength(20);
    const refused = settled.find((each) => each.status === 'rejected');
    expect(refused?.reason).toMatchObject({ code: 'SpawnFailed', reason: 'unavailable' });
    expect(test.kernel.list()).toHaveLength(20);
    const pids = running.map(({ pid }) => pid);
    for (const pid of pids) test.kernel.signal(pid, 'KILL');
    await Promise.all(running.map((each) => each.end()));
    const next = await test.start('basics', ['exit', '0']);
    expect(next.pid).toBeGreaterThan(Math.max(...pids));
    await next.end();
  });

  it('remembers the last ends, and forgets older ones', async () => {
    const ended: number[] = [];
    for (let code = 0; code < 5; code++) {
      const one = await test.start('basics', ['exit', String(code)]);
      await one.end();
      ended.push(one.pid);
    }
    expect(await test.kernel.wait(ended[4] as number)).toEqual({ code: 4 });
    expect(test.kernel.status(ended[2] as number).exit).toEqual({ code: 2 });
    await expect(test.kernel.wait(ended[1] as number)).rejects.toThrow(like({ reason: 'not-found' }));
  });

  it('tells all who wait', async () => {
    const idle = await test.start('basics', ['sleep']);
    const waiters = Array.from({ length: 50 }, () => test.kernel.wait(idle.pid));
    test.kernel.signal(idle.pid, 'TERM');
    for (const exit of await Promise.all(waiters)) expect(exit).toEqual({ signal: 'SIGTERM' });
  });

  it('is refused bad input, naming the field', async () => {
    const module = program('basics');
    const spawn = (options: object) => test.kernel.spawn({ name: 'x', module, ...options } as never);
    const bad: [object, string][] = [
      [{ priority: 8 }, 'priority'],
      [{ name: '' }, 'name'],
      [{ args: ['a\0b'] }, 'args.0'],
      [{ args: ['x'.repeat(3_000_000)] }, 'args'],
      [{ env: { 'A=B': 'c' } }, 'env'],
      [{ cwd: 'relative' }, 'cwd'],
      [{ limits: { memoryMax: 1 } }, 'limits.memoryMax'],
      [{ limits: { cpuQuota: 0 } }, 'limits.cpuQuota'],
      [{ capabilities: { net: { connect: ['nonsense'] } } }, 'capabilities.net.connect.0'],
      [{ capabilities: { net: { open: ['*:80'] } } }, 'capabilities.net.open.0'],
      [{ colour: 'red' }, ''],
    ];
    for (const [options, field] of bad) {
      await expect(spawn(options), JSON.stringify(options).slice(0, 80)).rejects.toThrow(
        like({ code: 'Config', field }),
      );
    }
    const failing: [object, string][] = [
      [{ module: '/none.wasm' }, 'not-found'],
      [{ module: '/dev/zero' }, 'exec-failed'],
      [{ module: new Uint8Array([1, 2, 3]) }, 'exec-failed'],
      [{ parent: 77_777 }, 'not-found'],
      [{ capabilities: { preopens: [{ guest: '/', host: '/none', write: false }] } }, 'exec-failed'],
      [{ limits: { memoryMax: 65_536 } }, 'exec-failed'],
    ];
    for (const [options, reason] of failing) {
      await expect(spawn(options), JSON.stringify(options)).rejects.toThrow(
        like({ code: 'SpawnFailed', reason }),
      );
    }
    expect(test.kernel.list()).toEqual([]);
  });

  it('ends with the kernel: what handles TERM in time, and what does not', async () => {
    const kernel = await Kernel.boot({ threads: 1 });
    const spawn = (name: string, arg: string) =>
      kernel.spawn({ name, module: program(name), args: [name, arg] });
    const [polite, deaf] = [await spawn('basics', 'sleep'), await spawn('signals', 'ignore')];
    const stopped = await spawn('basics', 'spin');
    kernel.signal(stopped, 'STOP');
    const ends = Promise.all([polite, deaf, stopped].map((pid) => kernel.wait(pid)));
    await kernel.shutdown({ timeout: 100 });
    const [one, two, three] = await ends;
    expect(one).toEqual({ signal: 'SIGTERM' });
    expect([{ signal: 'SIGKILL' }, { signal: 'SIGTERM' }, { code: 0 }]).toContainEqual(two);
    expect(three).toEqual({ signal: 'SIGTERM' });
    await expect(kernel.spawn({ name: 'x', module: program('basics') })).rejects.toThrow(
      'The kernel is shut down',
    );
  });
});
