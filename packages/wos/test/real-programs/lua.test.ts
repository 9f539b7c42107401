import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { useKernel } from '../support/kernel.ts';
import { runInNode } from '../support/node-wasi.ts';
import { describeWithPrograms, temporaryFolder } from '../support/programs.ts';
import { lua, nativeLua } from './build.ts';
import { besideEndlessLoops, startModule } from './neighbours.ts';

const scripts = new URL('lua', import.meta.url).pathname;
const names = ['coroutines', 'errors', 'strings', 'tables', 'files'];

describeWithPrograms('Lua', () => {
  const test = useKernel();
  const root = temporaryFolder();
  let module = '';
  let native = '';
  beforeAll(async () => {
    [module, native] = await Promise.all([lua(), nativeLua()]);
  }, 120_000);

  function folder(name: string): string {
    mkdirSync(join(root, name));
    return join(root, name);
  }

  /** Under the kernel, in its slices. */
  async function here(args: string[], preopens: { guest: string; host: string; write: boolean }[]) {
    const running = await startModule(test, module, ['lua', ...args], {
      ...(preopens.length > 0 ? { cwd: '/' } : {}),
      capabilities: { preopens },
    });
    const { exit, stdout, stderr } = await running.end();
    const code = 'code' in exit ? exit.code : exit.signal;
    return { code, stdout, stderr, preemptions: test.kernel.stats(running.pid).preemptions };
  }

  it.for(names)('%s prints what the native one prints, beside endless loops', async (name) => {
    const [data, other] = [folder(name), folder(`${name}-native`)];
    const expected = spawnSync(native, [`${name}.lua`, other], { cwd: scripts, encoding: 'utf8' });
    expect(expected.stdout.length).toBeGreaterThan(100);
    const preopens = [
      { guest: '/', host: scripts, write: false },
      { guest: '/data', host: data, write: true },
    ];
    const { preemptions, ...end } = await besideEndlessLoops(test, () =>
      here([`${name}.lua`, '/data'], preopens),
    );
    const from = (text: string) => text.replaceAll(native, 'lua').replaceAll(other, '/data');
    expect(end).toEqual({
      code: expected.status,
      stdout: from(expected.stdout),
      stderr: from(expected.stderr),
    });
    // The longer ones have been interrupted while they computed.
    if (name !== 'files') expect(preemptions).toBeGreaterThan(10);
  });

  it.for(names)('%s does the same rewritten, in short slices, under the WASI of Node', async (name) => {
    const bytes = readFileSync(module);
    const run = (how: string, fuel?: number) =>
      runInNode(bytes, {
        args: ['lua', `${name}.lua`, '/data'],
        preopens: { '/': scripts, '/data': folder(`${name}-${how}`) },
        ...(fuel === undefined ? {} : { fuel }),
      });
    const expected = await run('original');
    expect(expected.stdout.length).toBeGreaterThan(100);
    expect(await run('rewritten', 2000)).toEqual(expected);
  });

  it('says what is wrong with a script, and exits', async () => {
    expect(await here(['-e', 'error("no use")'], [])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^lua: \(command line\):1: no use\nstack traceback:/),
    });
    expect(await here(['none.lua'], [])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('none.lua'),
    });
  });

  it('gets its own error for memory that it may not have, and goes on', async () => {
    const script = `local ok, problem = pcall(function() local all = {} for i = 1, 1e9 do all[i] = ('x'):rep(1e5) .. i end end)
      print(ok, problem)`;
    const running = await startModule(test, module, ['lua', '-e', script], {
      limits: { memoryMax: 16 * 2 ** 20 },
    });
    expect(await running.end()).toMatchObject({ exit: { code: 0 }, stdout: 'false\tnot enough memory\n' });
  });

  it('is killed within an endless loop of pcall, however it catches', async () => {
    const script = 'while true do pcall(function() while true do pcall(error) end end) end';
    const running = await startModule(test, module, ['lua', '-e', script]);
    await besideEndlessLoops(test, async () => {
      await new Promise((done) => setTimeout(done, 100));
      expect(test.kernel.status(running.pid).cpuTime).toBeGreaterThan(5);
      test.kernel.signal(running.pid, 'KILL');
      expect(await test.kernel.wait(running.pid)).toEqual({ signal: 'SIGKILL' });
    });
  });
});
