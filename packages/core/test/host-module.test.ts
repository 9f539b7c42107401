// `runModule`: a program that has its daemon module inside.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { execa } from 'execa';
import { expect, test } from 'vitest';
import { entries, messages } from './run-host.ts';

const at = (path: string): string => JSON.stringify(pathToFileURL(join(import.meta.dirname, path)).href);

/** A program whose module is `load`, an expression. */
async function run(load: string, env: Record<string, string> = {}) {
  const program = `
    import { runModule } from ${at('../src/host.ts')};
    import { defineDaemon } from ${at('../src/define.ts')};
    const daemon = defineDaemon({ name: 'inner', run: ({ log, name }) => log.info('runs as ' + name) });
    await runModule(${load}, { name: 'outer', label: 'daemon.ts' });
  `;
  const args = ['--input-type=module', '--eval', program];
  const { exitCode, stdout, stderr } = await execa(process.execPath, args, { env, reject: false });
  return { exitCode, stdout: messages(entries(stdout)), stderr: entries(stderr) };
}

test.each([
  ['an ES module', 'async () => ({ default: daemon })'],
  ['a module that was compiled to CommonJS', 'async () => ({ default: { default: daemon } })'],
])('runs the daemon of %s', async (_, load) => {
  const { exitCode, stdout } = await run(load);
  expect(exitCode).toBe(0);
  expect(stdout).toContain('runs as outer');
  expect((await run(load, { DUENDE_NAME: 'web' })).stdout).toContain('runs as web');
});

test.each([
  ['async () => ({})', 'no default export'],
  ['async () => ({ default: { name: 1 } })', 'a default export of type object'],
  ['async () => ({ default: null })', 'a default export of type object'],
  ['async () => ({ default: () => 1 })', 'a default export of type function'],
])('%s is refused in one line, by its label', async (load, found) => {
  const { exitCode, stderr } = await run(load);
  expect(exitCode).toBe(78);
  expect(stderr).toHaveLength(1);
  expect(stderr[0]).toMatchObject({ daemon: 'outer', level: 'error' });
  expect(stderr[0]?.msg).toBe(
    `daemon.ts is not a daemon module: expected \`export default defineDaemon({ ... })\`, got ${found}`,
  );
});

test('reports what the module throws', async () => {
  const { exitCode, stderr } = await run(`async () => { throw new TypeError('while it loads'); }`);
  expect(exitCode).toBe(1);
  expect(stderr[0]?.msg).toBe('loading failed: while it loads');
});

test('the module is loaded under the signal handlers of the host', async () => {
  const { exitCode, stdout } = await run(
    `() => { process.kill(process.pid, 'SIGTERM'); return new Promise(() => {}); }`,
  );
  expect(exitCode).toBe(0);
  expect(stdout).toContain('stopping');
});
