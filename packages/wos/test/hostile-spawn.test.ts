import { afterEach, expect, it } from 'vitest';
import { sleep, until, useKernel } from './support/kernel.ts';
import { describeWithPrograms, program } from './support/programs.ts';

describeWithPrograms('a spawn bomb', () => {
  const test = useKernel({ threads: 2, processLimit: 60 });
  const quiet = { stdout: 'ignore', capabilities: { spawn: true } } as const;

  // One that fails does not leave its bomb to the next.
  afterEach(() => {
    for (const { root } of test.kernel.list()) test.kernel.signalTree(root, 'KILL');
  });

  /** That another process is started and ends within a second. */
  async function othersGoOn(): Promise<void> {
    // Compiled by then, if it is not yet.
    program('basics');
    const began = performance.now();
    expect((await test.run('basics', ['exit', '3'])).exit).toEqual({ code: 3 });
    expect(performance.now() - began).toBeLessThan(1000);
  }

  /** All of it is ended at once, and stays so. */
  async function ends(pid: number): Promise<void> {
    test.kernel.signalTree(pid, 'KILL');
    await until('all have ended', () => test.kernel.list().length === 0);
    await sleep(50);
    expect(test.kernel.list()).toEqual([]);
    expect(test.kernel.descendants(pid)).toEqual([]);
  }

  it('ends at its own limit, with an error, and others go on', async () => {
    const { pid } = await test.start('family', ['bomb'], { ...quiet, limits: { processes: 20 } });
    await until('it has gone off', () => test.kernel.descendants(pid).length === 20);
    for (let round = 0; round < 5; round++) {
      await othersGoOn();
      expect(test.kernel.descendants(pid)).toHaveLength(20);
    }
    await ends(pid);
  });

  it('is told EAGAIN', async () => {
    const options = (processes: number) => ({ capabilities: { spawn: true }, limits: { processes } });
    const counts = await test.run('family', ['count'], options(7));
    expect(counts.stdout.replaceAll('sleeps\n', '')).toBe('spawn 6\nstarted 7\n');
    await until('they are orphans', () => test.kernel.list().length === 7);
    await ends(test.kernel.list()[0]?.root as number);
    expect((await test.run('family', ['count'], options(0))).stdout).toBe('spawn 6\nstarted 0\n');
  });

  it("ends at the kernel's limit, without a limit of its own, and the kernel goes on", async () => {
    const { pid } = await test.start('family', ['bomb'], { ...quiet, limits: { processes: 1000 } });
    await until('it has gone off', () => test.kernel.list().length === 60);
    await expect(test.start('basics', ['exit', '0'])).rejects.toMatchObject({ reason: 'unavailable' });
    await ends(pid);
    await othersGoOn();
  });

  it('that runs away, each starting the next and ending, is found and killed', async () => {
    const { pid } = await test.start('family', ['run-away', ''], quiet);
    await test.kernel.wait(pid);
    await sleep(300);
    await othersGoOn();
    // Thousands were there; a few have begun, or ended, and are not known to have done so yet.
    expect(test.kernel.descendants(pid).length).toBeLessThan(20);
    // One that is just starting another is killed before the other is there, or the other with it.
    await ends(pid);
  });

  it('that is stopped while it goes off stays stopped', async () => {
    const { pid } = await test.start('family', ['bomb'], { ...quiet, limits: { processes: 40 } });
    await until('it goes off', () => test.kernel.descendants(pid).length > 3);
    test.kernel.signalTree(pid, 'STOP');
    await sleep(100);
    const all = test.kernel.list();
    for (const each of all) expect(each).toMatchObject({ state: 'stopped' });
    await sleep(50);
    expect(test.kernel.list()).toHaveLength(all.length);
    await ends(pid);
  });
});
