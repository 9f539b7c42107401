import { mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { isModuleSpec, type ModuleSpec, moduleCommand, parseSpec, resolveModule } from '../src/index.ts';

let folder = '';
let file = '';
beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'duende-module-')));
  file = join(folder, 'a daemon.ts');
  await writeFile(file, '');
  await symlink('loop', join(folder, 'loop'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function moduleSpec(extra: object): ModuleSpec {
  const spec = parseSpec({ name: 'web', module: file, ...extra });
  if (!isModuleSpec(spec)) throw new Error('expected a module spec');
  return spec;
}

test('a path, a relative path and a file: URL name the same module', () => {
  for (const module of [file, 'a daemon.ts', pathToFileURL(file).href]) {
    expect(resolveModule(moduleSpec({ module }), folder)).toBe(file);
  }
});

test.each([
  ['missing.ts', 'ENOENT'],
  ['loop', 'ELOOP'],
  ['.', 'is not a file'],
])('module %s is refused: %s', (module, why) => {
  expect(() => resolveModule(moduleSpec({ module }), folder)).toThrow(
    expect.objectContaining({ code: 'Config', field: 'module', message: expect.stringContaining(why) }),
  );
});

test('the command runs the host with what it needs in the environment, and nothing secret in argv', () => {
  const health = { type: 'http', url: 'http://127.0.0.1:8080/h' };
  const command = moduleCommand(
    moduleSpec({ config: { key: 'secret' }, stopTimeout: '3s', health }),
    'native',
  );
  expect(command.program).toBe(process.execPath);
  expect(command.args).toEqual([expect.stringMatching(/host-main\.js$/), file]);
  expect(command.env).toEqual({
    DUENDE_NAME: 'web',
    DUENDE_PLATFORM: 'native',
    DUENDE_STOP_TIMEOUT: '3000',
    DUENDE_CONFIG: '{"key":"secret"}',
    DUENDE_HEALTH_URL: 'http://127.0.0.1:8080/h',
  });
  expect(moduleCommand(moduleSpec({}), 'native').env).not.toHaveProperty('DUENDE_CONFIG');
  const notifyModule = 'file:///opt/notify.js';
  expect(moduleCommand(moduleSpec({}), 'linux', { notifyModule }).env).toMatchObject({
    DUENDE_NOTIFY_MODULE: notifyModule,
  });
});
