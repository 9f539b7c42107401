import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { expect, test } from 'vitest';
import { requireModule } from '../src/adapter/program-file.ts';
import { checkPreopens, checkWorkingFolder } from '../src/adapter/working-folder.ts';
import { temporaryFolder } from './support/programs.ts';
import { moduleOf } from './support/wasm.ts';

const folder = temporaryFolder();
const at = (name: string): string => join(folder, name);
const errorOf = (act: () => unknown): unknown => {
  try {
    return act();
  } catch (error) {
    return error;
  }
};

test('a module is one by its content; it need not be executable', () => {
  writeFileSync(at('good.wasm'), moduleOf([]), { mode: 0o644 });
  expect(requireModule(at('good.wasm'), 'program')).toBe(at('good.wasm'));
  expect(requireModule(relative(process.cwd(), at('good.wasm')), 'program')).toBe(at('good.wasm'));
});

test('what is none is refused with why', () => {
  writeFileSync(at('script'), '#!/bin/sh\n', { mode: 0o755 });
  writeFileSync(at('empty.wasm'), '');
  symlinkSync(at('loop'), at('loop'));
  execFileSync('mkfifo', [at('pipe')]);
  const cases: [name: string, code: string, reason: string, says: RegExp][] = [
    ['script', 'SpawnFailed', 'exec-failed', /script: it is not executable here: no module of WebAssembly$/],
    ['empty.wasm', 'SpawnFailed', 'exec-failed', /no module of WebAssembly$/],
    ['missing', 'SpawnFailed', 'not-found', /missing: no such file or directory$/],
    ['script/x', 'SpawnFailed', 'not-found', /not a directory$/],
    ['', 'SpawnFailed', 'exec-failed', /it is no file$/],
    ['pipe', 'SpawnFailed', 'exec-failed', /it is no file$/],
    ['loop', 'Config', 'invalid-setting', /^health\.command\[0\]: .*symbolic links/],
    ['n'.repeat(300), 'Config', 'invalid-setting', /name too long$/],
  ];
  for (const [name, code, reason, says] of cases) {
    expect(errorOf(() => requireModule(at(name), 'health.command[0]'))).toMatchObject({
      ...{ code, reason, field: 'health.command[0]', platform: 'wos', operation: 'spawn' },
      message: expect.stringMatching(says),
    });
  }
});

if (process.getuid?.() !== 0) {
  test('one that may not be read is told apart', () => {
    writeFileSync(at('secret.wasm'), moduleOf([]));
    chmodSync(at('secret.wasm'), 0);
    expect(errorOf(() => requireModule(at('secret.wasm'), 'program'))).toMatchObject({
      reason: 'permission-denied',
    });
  });
}

test('the working folder is one in a directory of the daemon, by the name that it has there', () => {
  mkdirSync(at('site/inner'), { recursive: true });
  const preopens = [
    { guest: '/', host: at('site'), write: false },
    { guest: '/deep', host: at('site/inner'), write: false },
  ];
  for (const cwd of [undefined, '/', '/inner', '/deep', '/deep/']) {
    expect(() => checkWorkingFolder(cwd, preopens)).not.toThrow();
  }
  expect(errorOf(() => checkWorkingFolder('/deep/inner', preopens))).toMatchObject({
    ...{ code: 'SpawnFailed', reason: 'exec-failed', field: 'cwd' },
    message: 'cwd: cannot enter /deep/inner: no such file or directory',
  });
  expect(errorOf(() => checkWorkingFolder('/deeper', preopens.slice(1)))).toMatchObject({
    ...{ code: 'Config', field: 'cwd' },
    message: 'cwd: /deeper is in none of the directories that the daemon may use',
  });
});

test('directories that are granted have to be there', () => {
  const value = { guest: '/x', host: at('nowhere'), write: true };
  const field = 'platform.wos.capabilities[2]';
  expect(errorOf(() => checkPreopens([{ field, value }]))).toMatchObject({
    ...{ code: 'SpawnFailed', reason: 'exec-failed', field },
    message: `${field}: cannot open ${at('nowhere')}: no such file or directory`,
  });
});
