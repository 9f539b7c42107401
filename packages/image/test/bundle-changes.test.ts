// A bundle is taken from the cache only as long as it would be made the same again.
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { beforeAll, describe, expect, test } from 'vitest';
import { buildImage, planModule } from '../src/index.ts';
import { bundle, bundleAndKeep, entryOf, marker, plantMarker, writeFiles } from './bundle-helpers.ts';
import { makeProject, platform, testFolder } from './helpers.ts';

const folder = testFolder();
const cache = join(folder, 'cache');

const files = {
  'package.json': '{ "type": "module", "imports": { "#in": "@far/in" } }',
  'tsconfig.json': '// With a comment.\n{ "extends": "./settings/base" }',
  'settings/base.json': '{ "compilerOptions": { "experimentalDecorators": true } }',
  'src/daemon.ts': `import './lib/dep'; import 'pack'; import '@scope/pack'; import 'old/sub'; import '#in';\nconsole.log('daemon');`,
  'src/lib/dep/index.ts': `console.log('dep');`,
  'src/node_modules/old/index.js': '',
  'node_modules/pack/package.json': '{ "main": "lib/main" }',
  'node_modules/pack/lib/main.js': `console.log('pack');`,
  'node_modules/@scope/other/index.js': '',
  'node_modules/@far/other/index.js': '',
  'node_modules/old/sub/package.json': '{ "main": "../out/sub.js" }',
  'node_modules/old/out/sub.js': `console.log('sub');`,
  'linked/one/index.js': `console.log('one');`,
  'linked/two/index.js': `console.log('two');`,
};

const append = (file: string, text = '\nconsole.log(1);'): void =>
  writeFileSync(file, readFileSync(file, 'utf8') + text);

const changes: Record<string, (project: string) => void> = {
  'the module': (at) => append(join(at, 'src/daemon.ts')),
  'what it imports': (at) => append(join(at, 'src/lib/dep/index.ts')),
  'a new file that comes before a folder': (at) => writeFileSync(join(at, 'src/lib/dep.ts'), '"new"'),
  'a new file in a folder of a package': (at) =>
    writeFileSync(join(at, 'node_modules/pack/lib/main'), '"new"'),
  'package.json': (at) => append(join(at, 'package.json'), ' '),
  'a new package.json': (at) => writeFileSync(join(at, 'src/lib/package.json'), '{ "type": "commonjs" }'),
  'package.json of a package': (at) => append(join(at, 'node_modules/pack/package.json'), ' '),
  'package.json of a folder of a package': (at) => append(join(at, 'node_modules/old/sub/package.json'), ' '),
  'tsconfig.json': (at) => writeFileSync(join(at, 'tsconfig.json'), '{ "compilerOptions": {} }'),
  'a file that tsconfig.json extends': (at) => writeFileSync(join(at, 'settings/base.json'), '{}'),
  'a new file that tsconfig.json extends': (at) => writeFileSync(join(at, 'settings/base'), '{}'),
  'a new jsconfig.json': (at) => writeFileSync(join(at, 'src/lib/jsconfig.json'), '{}'),
  'a nearer node_modules': (at) =>
    void writeFiles(at, { 'src/lib/node_modules/pack/index.js': `console.log('nearer');` }),
  'a nearer package': (at) =>
    void writeFiles(at, { 'src/node_modules/pack/index.js': `console.log('nearer');` }),
  'a nearer package in a scope': (at) =>
    void writeFiles(at, { 'src/node_modules/@scope/pack/index.js': `console.log('nearer');` }),
  'a nearer package in a scope, of which only package.json speaks': (at) =>
    void writeFiles(at, { 'node_modules/@far/in/index.js': `console.log('nearer');` }),
  'a file that a nearer package did not have': (at) =>
    void writeFiles(at, { 'src/node_modules/old/sub.js': `console.log('nearer');` }),
  'a package that leads elsewhere': (at) => {
    rmSync(join(at, 'node_modules/@scope/pack'));
    symlinkSync(join(at, 'linked/two'), join(at, 'node_modules/@scope/pack'));
  },
};

const projectOf = (name: string): string => join(folder, name.replace(/\W/g, '-'));

describe('a bundle is made again after a change of', () => {
  beforeAll(() => {
    writeFiles(folder, { 'node_modules/@far/in/index.js': `console.log('in');` });
    for (const name of Object.keys(changes)) {
      const project = writeFiles(projectOf(name), files);
      mkdirSync(join(project, 'src/node_modules/@scope'));
      symlinkSync(join(project, 'linked/one'), join(project, 'node_modules/@scope/pack'));
    }
  });

  test.each(Object.entries(changes))('%s', async (name, change) => {
    const module = join(projectOf(name), 'src/daemon.ts');
    await bundleAndKeep(module, cache);
    plantMarker(cache, module);
    expect(await bundle(module, cache)).toBe(marker);
    change(projectOf(name));
    const text = await bundle(module, cache);
    expect(text).toBe(await bundle(module));
    expect(text).not.toBe(marker);
  });
});

test('a second process neither loads nor starts esbuild', async () => {
  const source = `
    import { defineDaemon } from '@duende/core';
    export default defineDaemon({ name: 'x', run() {} });
  `;
  const project = makeProject(join(folder, 'whole'), { 'daemon.ts': source });
  const module = join(project, 'daemon.ts');
  await bundleAndKeep(module, cache);
  const image = await buildImage(await planModule({ module, platform, cacheDirectory: cache }));
  const program = `
    import { registerHooks } from 'node:module';
    registerHooks({
      resolve(name, context, next) {
        if (name === 'esbuild') throw new Error('esbuild is loaded');
        return next(name, context);
      },
    });
    const { buildImage, planModule } = await import(${JSON.stringify(import.meta.resolve('../src/index.ts'))});
    const options = { module: process.argv[1], platform: 'container', cacheDirectory: process.argv[2] };
    console.log((await buildImage(await planModule(options))).reference);
  `;
  const run = () =>
    execa(process.execPath, ['--input-type=module', '--eval', program, module, cache], { reject: false });
  expect(await run()).toMatchObject({ exitCode: 0, stdout: image.reference });
  // The proof of the proof: a change needs it.
  append(module);
  expect(await run()).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('esbuild is loaded') });
});

describe('not kept', () => {
  test('is what has just been written', async () => {
    const module = join(writeFiles(join(folder, 'fresh'), { 'daemon.ts': '1;' }), 'daemon.ts');
    await bundle(module, cache);
    expect(entryOf(cache, module)).toBeUndefined();
  });

  test.each([
    ['paths', { 'tsconfig.json': '{ "compilerOptions": { "paths": { "~/*": ["./*"] } } }' }],
    ['an extended file that is nowhere', { 'tsconfig.json': '{ "extends": "no-such-package" }' }],
    ['a pattern', { 'data/a.json': '1', 'daemon.ts': `import('./data/' + process.pid + '.json');` }],
  ])('is a bundle with %s: what it depends on is not known', async (name, more) => {
    const project = writeFiles(projectOf(name), { 'daemon.ts': '1;', ...more });
    const { dependencies } = await import('../src/dependencies.ts');
    const { build } = await import('esbuild');
    const { metafile } = await build({
      entryPoints: [join(project, 'daemon.ts')],
      bundle: true,
      write: false,
      metafile: true,
      absWorkingDir: dirname(project),
      logLevel: 'silent',
    });
    expect(dependencies(metafile.inputs, dirname(project))).toBeUndefined();
  });
});
