import { expect, it } from 'vitest';
import { useKernel } from './support/kernel.ts';
import { describeWithPrograms } from './support/programs.ts';

describeWithPrograms('a process', () => {
  const test = useKernel();

  it('gets its arguments and environment byte for byte, and nothing else', async () => {
    const args = ['', 'a b', '"$HOME"', '%s', '\\', 'two\nlines', 'ünï', '--x'];
    const { stdout, exit } = await test.run('basics', ['report', ...args], {
      env: { A: '1 2', B: '', Ü: '$x\n' },
    });
    const lines = ['basics', 'report', ...args].map((arg) => `arg <${arg}>\n`);
    expect(stdout).toBe(`${lines.join('')}env <A=1 2>\nenv <B=>\nenv <Ü=$x\n>\n`);
    expect(exit).toEqual({ code: 0 });
  });

  it('ends with the code that it says', async () => {
    expect((await test.run('basics', ['exit', '3'])).exit).toEqual({ code: 3 });
    expect((await test.run('basics', ['exit', '255'])).exit).toEqual({ code: 255 });
  });

  it('writes to stdout and stderr to the last byte', async () => {
    const { stdout, stderr } = await test.run('basics', ['streams']);
    expect({ stdout, stderr }).toEqual({ stdout: 'out\nunfinished', stderr: 'err\n' });
  });

  it('ends by the signal that its trap stands for', async () => {
    const signalOf = async (how: string) => (await test.run('basics', [how])).exit;
    expect(await signalOf('unreachable')).toEqual({ signal: 'SIGABRT', trap: 'unreachable' });
    expect(await signalOf('memory')).toEqual({ signal: 'SIGSEGV', trap: 'memory access out of bounds' });
    expect(await signalOf('divide')).toEqual({ signal: 'SIGFPE', trap: 'divide by zero' });
    expect(await signalOf('recurse')).toMatchObject({ signal: 'SIGSEGV' });
  });

  it('reads three clocks', async () => {
    const before = Date.now();
    const { stdout } = await test.run('basics', ['clocks']);
    const [real, slept, cpu] = (stdout.match(/\d+/g) ?? []).map(Number) as [number, number, number];
    expect(real).toBeGreaterThanOrEqual(before - 1);
    expect(real).toBeLessThanOrEqual(Date.now() + 1);
    expect(slept).toBeGreaterThanOrEqual(50_000);
    expect(cpu).toBeLessThan(slept / 2);
  });

  it('gets random bytes, more than a slice at once', async () => {
    const mean = Number((await test.run('basics', ['random'])).stdout.match(/\d+/)?.[0]);
    expect(mean).toBeGreaterThan(120);
    expect(mean).toBeLessThan(135);
  });

  it('reads what the host writes, until the host ends it', async () => {
    const cat = await test.start('basics', ['cat'], { stdin: 'host' });
    await test.kernel.write(cat.pid, Buffer.from('one '));
    await test.kernel.write(cat.pid, Buffer.alloc(5000, 'x'));
    await cat.says('one xxx');
    await test.kernel.write(cat.pid, undefined);
    expect(await cat.end()).toMatchObject({ exit: { code: 0 }, stdout: `one ${'x'.repeat(5000)}` });
  });

  it('waits while the host is slower than its output', async () => {
    let taken = 0;
    const seen: string[] = [];
    const pid = await test.kernel.spawn({
      name: 'lines',
      module: (await import('./support/programs.ts')).program('basics'),
      args: ['basics', 'lines', '100000'],
      stdout: async (bytes) => {
        taken += bytes.length;
        if (seen.length === 0) await new Promise((done) => setTimeout(done, 200));
        seen.push(Buffer.from(bytes).toString());
        if (seen.length === 1) expect(taken).toBeLessThanOrEqual(1024 * 1024 + 65_536);
      },
    });
    await test.kernel.wait(pid);
    expect(seen.join('').split('\n')).toHaveLength(100_001);
    expect(test.kernel.status(pid).exit).toEqual({ code: 0 });
  });

  it('gets no more memory than its limit', async () => {
    const limits = { memoryMax: 8 * 1024 * 1024 };
    const { stdout, exit } = await test.run('basics', ['grow'], { limits });
    expect(exit).toEqual({ code: 0 });
    const allocated = Number(stdout.match(/\d+/)?.[0]);
    expect(allocated).toBeGreaterThanOrEqual(5);
    expect(allocated).toBeLessThan(8);
  });
});
