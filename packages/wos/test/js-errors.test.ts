import { expect, it } from 'vitest';
import { useKernel } from './support/kernel.ts';
import { entries, useScripts } from './support/scripts.ts';

const test = useKernel();
const scripts = useScripts(test);

it('an error ends the daemon with code 1, and its stack names the lines of the source', async () => {
  const { exit, stderr } = await (
    await scripts.start(`
interface Unused { readonly types: 'make lines differ' }
function fails(): never {
  throw new RangeError('too far', { cause: new Error('deeper') });
}
export default defineDaemon({ name: 'x', async run() { await null; fails(); } });`)
  ).end();
  expect(exit).toEqual({ code: 1 });
  const [entry] = entries(stderr);
  const error = entry?.error as { stack: string } | undefined;
  expect(entry).toMatchObject({
    msg: 'run failed: too far',
    error: { name: 'RangeError', cause: { message: 'deeper' } },
  });
  expect(error?.stack).toMatch(/at fails \(.*daemon-\d+\.ts:5:\d+\)/);
});

it('what nothing catches ends it as on Node: rejections, timers, microtasks', async () => {
  for (const [code, text] of [
    ["void Promise.reject(new Error('rejected'));", 'Uncaught error: rejected'],
    ["setTimeout(() => { throw new Error('in a timer'); }, 1);", 'Uncaught error: in a timer'],
    ["queueMicrotask(() => { throw new Error('in a microtask'); });", 'Uncaught error: in a microtask'],
  ] as const) {
    const { exit, stderr } = await scripts.run(`${code} await new Promise(() => {});`);
    expect(exit).toEqual({ code: 1 });
    expect(entries(stderr).map(({ msg }) => msg)).toContain(text);
  }
  const handled = await scripts.run(
    "const late = Promise.reject(new Error('x')); late.catch(() => {}); await null;",
  );
  expect(handled.exit).toEqual({ code: 0 });
});

it('a module that throws, or cannot be compiled, is no silent end', async () => {
  const thrown = await (await scripts.startFile(scripts.write("throw new Error('while loading');"))).end();
  expect(thrown.exit).toEqual({ code: 1 });
  expect(thrown.stderr).toContain('loading failed: while loading');
  const broken = {
    ...(await (await import('../src/js/index.ts')).planJsDaemon({ name: 'x', module: scripts.write('') })),
  };
  let stderr = '';
  const pid = await test.kernel.spawn({
    ...broken,
    script: { text: 'not javascript', name: 'broken.js' },
    stderr: (bytes) => {
      stderr += Buffer.from(bytes);
    },
  });
  expect(await test.kernel.wait(pid)).toEqual({ code: 1 });
  expect(stderr).toMatch(/broken\.js.*SyntaxError|SyntaxError.*\n?.*broken\.js/);
});

it('endless recursion is an error of the daemon, not of the kernel', async () => {
  const { exit, printed } = await scripts.run(
    'const deep = () => deep() + 1; try { deep(); } catch (error) { console.log(error.name); }',
  );
  expect({ exit, printed }).toEqual({
    exit: { code: 0 },
    printed: [expect.stringMatching(/RangeError|InternalError/)],
  });
});

it.for(['node:fs', 'http', 'node:child_process'])('%s is refused by name and line', async (name) => {
  const file = scripts.write(`import { defineDaemon } from 'duende';
import * as builtin from '${name}';
export default defineDaemon({ name: 'x', run() { console.log(builtin); } });`);
  await expect(scripts.startFile(file)).rejects.toMatchObject({
    code: 'Config',
    field: 'module',
    message: `${file}:2: ${name} is a module of Node, which a WebAssembly process does not have (it has node:timers, node:timers/promises, node:fs/promises)`,
  });
});

it('a function that the replacement of a module lacks is refused, too; what is only imported does no harm', async () => {
  const file = scripts.write("import { writeFile } from 'node:fs/promises';\nexport default writeFile;");
  await expect(scripts.startFile(file)).rejects.toMatchObject({
    message: expect.stringMatching(/:1: .*"writeFile"/),
  });
  const unused = scripts.write(`import { createHash } from 'node:crypto';
import { defineDaemon } from 'duende';
const unused = () => createHash('sha256');
export default defineDaemon({ name: 'x', run() {} });`);
  expect((await (await scripts.startFile(unused)).end()).exit).toEqual({ code: 0 });
});
