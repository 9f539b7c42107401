// Programs besides the main one: health check commands.
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { planModule, planProgram } from '../src/index.ts';
import {
  entryOf,
  inRoot,
  isRoot,
  makeProject,
  platform,
  resolveIn,
  testFolder,
  unpack,
  writeScript,
} from './helpers.ts';

const folder = testFolder();
const prebuilt = (arch: string): string =>
  fileURLToPath(new URL(`../../conformance/prebuilt/linux-${arch}/probe`, import.meta.url));
const probe = prebuilt(process.arch);
const foreign = prebuilt(process.arch === 'x64' ? 'arm64' : 'x64');
const plan = (programs: string[], programsField?: string) =>
  planProgram({
    program: probe,
    platform,
    programs,
    env: { PATH: dirname(process.execPath) },
    ...(programsField !== undefined && { programsField }),
  });

test('each comes with its interpreter, its loader and its libraries', async () => {
  const script = writeScript(join(folder, 'check'), '#!/usr/bin/env node\nconsole.log("healthy")\n');
  const made = await plan([script, '/bin/sh']);
  expect(made.argv).toEqual([probe]);
  expect(entryOf(made, script)).toMatchObject({ source: script, layer: 'daemon', mode: 0o755 });
  for (const program of ['/bin/sh', '/usr/bin/env', join(dirname(process.execPath), 'node')]) {
    expect(resolveIn(made, program)).toMatchObject({ type: 'file' });
  }
  const loaders = made.entries.filter(({ path, type }) => type === 'file' && /\/ld-/.test(path));
  expect(loaders.length).toBeGreaterThan(0);
  const root = await unpack(made, join(folder, 'image'));
  if (!isRoot) return;
  expect((await inRoot(root, [script], { PATH: dirname(process.execPath) })).stdout).toBe('healthy');
  expect((await inRoot(root, ['/bin/sh', '-c', 'echo shell'])).stdout).toBe('shell');
});

test('the same program twice changes nothing', async () => {
  const { entries } = await plan([]);
  expect((await plan([probe, probe])).entries).toEqual(entries);
});

test('a module daemon may have some, too', async () => {
  const project = makeProject(join(folder, 'project'), { 'daemon.ts': 'export default {};' });
  const made = await planModule({ module: join(project, 'daemon.ts'), platform, programs: [probe] });
  expect(entryOf(made, probe)).toMatchObject({ source: probe, layer: 'daemon' });
});

describe('what is wrong with one is said of its field', () => {
  const failed = { code: 'SpawnFailed', reason: 'exec-failed' };
  const config = { code: 'Config', reason: 'invalid-setting' };
  const noInterpreter = writeScript(join(folder, 'relative'), '#!bin/sh\n');

  test.each([
    ['/no/such/program', failed, 'Cannot execute /no/such/program: no such file or directory'],
    ['/usr', failed, 'Cannot execute /usr: permission denied'],
    [foreign, failed, `Cannot execute ${foreign}: it is built for`],
    ['curl', config, 'health.command: curl is no absolute path'],
    ['/proc/self/cmdline', config, 'health.command: /proc/'],
    [`/${'x'.repeat(300)}`, config, 'health.command: /xxx'],
    [noInterpreter, config, 'health.command: the interpreter in the first line'],
  ])('%s', async (program, expected, message) => {
    const error = await plan([program], 'health.command').catch((error: unknown) => error);
    expect(error).toMatchObject({ ...expected, platform, operation: 'spawn', field: 'health.command' });
    expect((error as Error).message.startsWith(message)).toBe(true);
    await expect(plan([program])).rejects.toMatchObject({ field: 'programs' });
  });

  test('the main one keeps its own', async () => {
    const wrong = planProgram({ program: '/no/such', programs: ['/bin/sh'], programsField: 'x', platform });
    await expect(wrong).rejects.toMatchObject({ field: 'program' });
  });
});
