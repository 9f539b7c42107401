import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PlatformError } from '@duende/core/contract';
import { execa } from 'execa';
import { describe, expect, test } from 'vitest';
import { bundleModule, bundlePath, planModule } from '../src/index.ts';
import { entryOf, inRoot, isRoot, makeProject, platform, testFolder, unpack } from './helpers.ts';

const folder = testFolder();
const project = makeProject(join(folder, 'project'), {
  'index.ts': `
    import { createRequire } from 'node:module';
    import { defineDaemon } from '@duende/core';
    import { z } from 'zod';
    import { old } from './old.cjs';
    // Names that CommonJS code in the bundle has too.
    const require = createRequire(import.meta.url);
    const __dirname: string = require('node:path').dirname('/some/where');
    export default defineDaemon({
      name: 'greeter',
      config: z.object({ whom: z.string().min(2), fail: z.boolean().default(false) }),
      run: function greet({ config, log, platform }) {
        if (config.fail) throw new TypeError('asked to fail');
        log.info('hello ' + config.whom, { platform, __dirname, old });
      },
    });
  `,
  'old.cjs': `const { sep } = require('path'); exports.old = sep + typeof __filename + typeof module;`,
  'not-a-daemon.ts': 'export default { name: 1 };',
  'throws.ts': `throw new Error('while it loads');`,
  'hangs.ts': `console.log('loading'); await new Promise(() => {}); export default {};`,
  'syntax.ts': 'export default {\n  run() {\n    let x = ;\n  },\n};\n',
  'addon.ts': `import x from './side.ts';\nexport default x;\n`,
  'side.ts': `// the second line\nimport addon from './build/native.node';\nexport default addon;\n`,
  'web.ts': `import x from 'https://host.invalid/x.js';\nexport default x;\n`,
  'finder.ts': `import find from 'bindings';\nexport default find('x');\n`,
  'missing.ts': `import nothing from 'no-such-package';\nexport default nothing;\n`,
});
mkdirSync(join(project, 'build'));
writeFileSync(join(project, 'build/native.node'), '\x7fELF');

const bundle = (name: string) => bundleModule({ module: join(project, name), platform });

async function run(name: string, config?: unknown) {
  const file = join(folder, `${name}.mjs`);
  writeFileSync(file, await bundle(name));
  const env = {
    DUENDE_PLATFORM: 'container',
    ...(config === undefined ? {} : { DUENDE_CONFIG: JSON.stringify(config) }),
  };
  return await execa(process.execPath, [file], { env, extendEnv: false, reject: false });
}

describe('a bundle', () => {
  test('is the daemon, by itself', async () => {
    const { stdout, exitCode } = await run('index.ts', { whom: 'world' });
    expect(exitCode).toBe(0);
    const fields = { msg: 'hello world', platform: 'container', __dirname: '/some', old: '/stringobject' };
    expect(stdout.split('\n').map((line) => JSON.parse(line))).toContainEqual(
      expect.objectContaining(fields),
    );
  });

  test('ends as the host says: wrong settings, a failure with its stack', async () => {
    const wrong = await run('index.ts', { whom: 'x' });
    expect(wrong).toMatchObject({
      exitCode: 78,
      stderr: expect.stringContaining('Invalid config of daemon'),
    });
    const failed = await run('index.ts', { whom: 'world', fail: true });
    expect(failed).toMatchObject({ exitCode: 1, stderr: expect.stringMatching(/asked to fail.*greet/) });
  });

  test('of a module that is no daemon, or that throws, says so as the host does', async () => {
    const usage = 'not-a-daemon.ts is not a daemon module';
    expect(await run('not-a-daemon.ts')).toMatchObject({
      exitCode: 78,
      stderr: expect.stringContaining(usage),
    });
    const { exitCode, stderr } = await run('throws.ts');
    expect(exitCode).toBe(1);
    expect(JSON.parse(stderr)).toMatchObject({
      level: 'error',
      msg: expect.stringContaining('while it loads'),
    });
  });

  test('ends by TERM even while the module is being loaded', async () => {
    const file = join(folder, 'hangs.mjs');
    writeFileSync(file, await bundle('hangs.ts'));
    const daemon = execa(process.execPath, [file], { reject: false });
    daemon.stdout.once('data', () => daemon.kill('SIGTERM'));
    expect(await daemon).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('"stopping"') });
  });

  test('is the same wherever the project is, and does not say where', async () => {
    const moved = join(folder, 'deeper/elsewhere/renamed');
    cpSync(project, moved, { recursive: true, verbatimSymlinks: true });
    const text = await bundle('index.ts');
    expect(await bundleModule({ module: join(moved, 'index.ts'), platform })).toBe(text);
    expect(text).not.toContain(folder);
    expect(text).not.toContain('node_modules');
  });

  test.each([
    ['side.ts:2: ./build/native.node is a native add-on', 'addon.ts'],
    ['finder.ts:1: bindings loads a native add-on', 'finder.ts'],
    ['web.ts:1: https://host.invalid/x.js is a web address', 'web.ts'],
    ['missing.ts:1: Could not resolve "no-such-package"', 'missing.ts'],
    ['syntax.ts:3: Unexpected ";"', 'syntax.ts'],
  ])('is refused: %s', async (message, name) => {
    const error = await bundle(name).catch((error: unknown) => error as PlatformError);
    expect(error).toMatchObject({ code: 'Config', reason: 'invalid-setting', field: 'module', platform });
    expect((error as PlatformError).toLine().startsWith(`${project}/${message}`)).toBe(true);
  });
});

test('a module that is not there', async () => {
  await expect(bundle('nowhere.ts')).rejects.toMatchObject({
    code: 'Config',
    message: expect.stringMatching(/^module: .*nowhere\.ts/),
  });
});

test('a module daemon in its root file system', async () => {
  const plan = await planModule({ module: join(project, 'index.ts'), platform });
  expect(plan).toMatchObject({ kind: 'module', argv: [expect.stringMatching(/^\/.*node$/), bundlePath] });
  expect(entryOf(plan, bundlePath)).toMatchObject({ layer: 'daemon', mode: 0o644 });
  expect(entryOf(plan, plan.argv[0] as string)).toMatchObject({ layer: 'base' });
  const root = await unpack(plan, join(folder, 'image'));
  expect(readFileSync(join(root, bundlePath), 'utf8')).toBe(await bundle('index.ts'));
  if (!isRoot) return;
  const { stdout } = await inRoot(root, plan.argv, { DUENDE_CONFIG: '{"whom":"image"}' });
  expect(stdout).toContain('"hello image"');
});
