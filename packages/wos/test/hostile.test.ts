import { expect, it } from 'vitest';
import { sleep, until, useKernel } from './support/kernel.ts';
import { describeWithPrograms, temporaryFolder } from './support/programs.ts';
import { moduleOf, op } from './support/wasm.ts';

describeWithPrograms('a hostile process', () => {
  const test = useKernel();
  const folder = temporaryFolder();

  /** That others go on, and that the kernel ends it at once. */
  async function isHarmless(pid: number): Promise<void> {
    await until('it computes', () => test.kernel.status(pid).cpuTime > 5);
    const other = await test.run('basics', ['streams']);
    expect(other).toMatchObject({ exit: { code: 0 }, stdout: 'out\nunfinished' });
    const began = performance.now();
    test.kernel.signal(pid, 'KILL');
    expect(await test.kernel.wait(pid)).toEqual({ signal: 'SIGKILL' });
    expect(performance.now() - began).toBeLessThan(1000);
  }

  const spawn = (module: Uint8Array) => test.kernel.spawn({ name: 'made', module });

  it('makes 90000 system calls with nonsense in them, and is told so or ended', async () => {
    const capabilities = { preopens: [{ guest: '/', host: folder, write: true }], net: { listen: ['*'] } };
    for (let seed = 0; seed < 30; seed++) {
      const calls = await test.start('hostile', ['calls', String(seed), '3000'], { capabilities });
      const { exit } = await calls.end();
      // It lets its own memory be overwritten, and crashes when it leaves.
      expect('code' in exit || /^SIG(ABRT|SEGV|ILL|FPE)$/.test(exit.signal), JSON.stringify(exit)).toBe(true);
      expect(test.kernel.stats(calls.pid).calls).toBeGreaterThanOrEqual(3000);
    }
    expect((await test.run('basics', ['exit', '3'])).exit).toEqual({ code: 3 });
  });

  it.each(['poll', 'clock', 'fill', 'write', 'random'])('calls %s for ever', async (how) => {
    const { pid } = await test.start('hostile', [how], { stdout: 'ignore' });
    await isHarmless(pid);
  });

  it('recurses for ever beside others, again and again', async () => {
    const ends = await Promise.all(Array.from({ length: 20 }, () => test.run('basics', ['recurse'])));
    for (const { exit } of ends) expect(exit).toMatchObject({ signal: 'SIGSEGV' });
  });

  it('writes 32 GB at once: some of it, or an error', async () => {
    const { stdout } = await test.run('hostile', ['vectors'], { stderr: 'ignore' });
    expect(stdout).toBe('wrote 1048576, then -1\nbeyond 21, list 21\n');
  });

  it('catches everything, in vain: KILL', async () => {
    const catching = [
      ...op.loop,
      ...op.try,
      ...op.loop,
      ...op.branch(0),
      ...op.end,
      ...op.catchAll,
      ...op.end,
      ...op.branch(0),
      ...op.end,
    ];
    await isHarmless(await spawn(moduleOf(catching)));
  });

  it('catches everything, in vain: its own exit', async () => {
    const catching = [
      ...op.loop,
      ...op.try,
      ...op.i32(7),
      ...op.call(0),
      ...op.catchAll,
      ...op.end,
      ...op.branch(0),
      ...op.end,
    ];
    expect(await test.kernel.wait(await spawn(moduleOf(catching)))).toEqual({ code: 7 });
  });

  it('computes for ever before it has begun', async () => {
    await isHarmless(await spawn(moduleOf([...op.loop, ...op.branch(0), ...op.end], { startSection: true })));
  });

  it('imports what there is not, and is refused', async () => {
    await expect(spawn(moduleOf([], { imports: 'proc_fork' }))).rejects.toThrow(
      'The module imports wasi_snapshot_preview1.proc_fork, which the kernel does not have',
    );
  });

  it('makes calls without a memory to make them with', async () => {
    const calling = moduleOf([...op.i32(1), ...op.call(0)], { imports: 'random_get' });
    expect(await test.kernel.wait(await spawn(calling))).toEqual({ code: 0 });
  });

  it('is many: 300 endless loops leave the kernel answering', async () => {
    const module = moduleOf([...op.loop, ...op.branch(0), ...op.end]);
    const pids = await Promise.all(Array.from({ length: 300 }, () => spawn(module)));
    await sleep(200);
    const began = performance.now();
    expect((await test.run('basics', ['exit', '0'], { priority: 0 })).exit).toEqual({ code: 0 });
    for (const pid of pids) test.kernel.signal(pid, 'KILL');
    await Promise.all(pids.map((pid) => test.kernel.wait(pid)));
    expect(performance.now() - began).toBeLessThan(5000);
  });
});
