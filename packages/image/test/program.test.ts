import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { planProgram } from '../src/index.ts';
import { entryOf, platform, resolveIn, testFolder, writeScript } from './helpers.ts';

const folder = testFolder();
const probes = fileURLToPath(new URL('../../conformance/prebuilt/', import.meta.url));
const probe = join(probes, `linux-${process.arch}`, 'probe');
const foreign = join(probes, `linux-${process.arch === 'x64' ? 'arm64' : 'x64'}`, 'probe');
const plan = (program: string, env: Record<string, string> = {}) => planProgram({ program, platform, env });
const execFailed = { code: 'SpawnFailed', reason: 'exec-failed', platform, field: 'program' };

describe('ELF programs', () => {
  test('a static one needs nothing else', async () => {
    const made = await plan(probe);
    expect(entryOf(made, probe)).toMatchObject({ type: 'file', source: probe, layer: 'daemon', uid: 0 });
    expect(made.entries.filter(({ path }) => /\.so|\/ld/.test(path))).toEqual([]);
    expect(made.argv).toEqual([probe]);
  });

  test.each(['/bin/sh', '/usr/bin/env', process.execPath])(
    '%s has its loader and libraries',
    async (program) => {
      const made = await plan(program);
      const real = resolveIn(made, program);
      expect(real).toMatchObject({ type: 'file' });
      expect(real).toMatchObject({ source: realpathSync(program) });
      const libraries = made.entries.filter(({ path }) => /\/libc\.so|\/ld-/.test(path));
      expect(libraries.length).toBeGreaterThanOrEqual(2);
      for (const { layer } of libraries) expect(layer).toBe('base');
    },
  );

  test('every link of the host on the way is a link in the image', async () => {
    mkdirSync(join(folder, 'a/real'), { recursive: true });
    mkdirSync(join(folder, 'b'));
    copyFileSync(probe, join(folder, 'a/real/prog'));
    symlinkSync('../a/./real', join(folder, 'b/relative'));
    symlinkSync(join(folder, 'b/relative/prog'), join(folder, 'b/absolute'));
    const made = await plan(join(folder, 'b/absolute'));
    expect(entryOf(made, join(folder, 'b/relative'))).toMatchObject({ linkTarget: '../a/./real' });
    expect(entryOf(made, join(folder, 'b/absolute'))).toMatchObject({
      linkTarget: join(folder, 'b/relative/prog'),
    });
    expect(resolveIn(made, join(folder, 'b/absolute'))).toMatchObject({ path: join(folder, 'a/real/prog') });
    for (const { path } of made.entries) {
      if (path !== '/') expect(entryOf(made, dirname(path))?.type).toBe('directory');
    }
  });

  test('one for another processor is refused', async () => {
    await expect(plan(foreign)).rejects.toMatchObject({
      ...execFailed,
      message: expect.stringContaining('it is built for'),
    });
    const bytes = readFileSync(probe);
    bytes[4] = 1;
    bytes.writeUInt16LE(3, 18);
    await expect(plan(writeFile('elf32', bytes))).rejects.toThrow('built for 32-bit x86');
    await expect(plan(writeFile('cut', readFileSync(probe).subarray(0, 70)))).rejects.toThrow('cut off');
  });

  test('a loader that is not of the system is not started', async () => {
    const bytes = readFileSync('/usr/bin/env');
    const at = bytes.indexOf(
      process.arch === 'x64' ? '/lib64/ld-linux-x86-64.so.2\0' : '/lib/ld-linux-aarch64.so.1\0',
    );
    expect(at).toBeGreaterThan(0);
    const marker = join(folder, 'was-started');
    // A short path, since it has to fit into the place of the other one.
    const loader = writeScript(
      `/tmp/ld-${process.pid}.so`.slice(0, 26),
      `#!/bin/sh\necho x > ${marker}\n`,
      0o777,
    );
    chmodSync(loader, 0o777);
    try {
      bytes.write(`${loader}\0`, at);
      await expect(plan(writeFile('own-loader', bytes))).rejects.toMatchObject({
        code: 'Config',
        field: 'program',
      });
      expect(() => readFileSync(marker)).toThrow('ENOENT');
    } finally {
      rmSync(loader);
    }
  });
});

function writeFile(name: string, bytes: Buffer): string {
  writeFileSync(join(folder, name), bytes, { mode: 0o755 });
  return join(folder, name);
}

describe('scripts', () => {
  test('#!/bin/sh brings the shell along', async () => {
    const made = await plan(writeScript(join(folder, 'sh-script'), '#!/bin/sh -e\necho ok\n'));
    expect(entryOf(made, join(folder, 'sh-script'))).toMatchObject({ layer: 'daemon', mode: 0o755 });
    expect(resolveIn(made, '/bin/sh')).toMatchObject({ type: 'file', layer: 'base' });
  });

  test.each([
    ['node', 'node'],
    ['-S', '-S A=1 node --no-warnings'],
  ])('#!/usr/bin/env %s brings env and Node of the PATH along', async (_, words) => {
    const script = writeScript(join(folder, 'node-script'), `#!/usr/bin/env ${words}\nconsole.log(1)\n`);
    const made = await plan(script, { PATH: `/nowhere:${dirname(process.execPath)}` });
    expect(resolveIn(made, '/usr/bin/env')).toMatchObject({ type: 'file' });
    expect(resolveIn(made, join(dirname(process.execPath), 'node'))).toMatchObject({ type: 'file' });
  });

  test('a name that is not in the PATH of the daemon', async () => {
    const script = writeScript(join(folder, 'no-name'), '#!/usr/bin/env no-such-interpreter\n');
    await expect(plan(script, { PATH: '/bin' })).rejects.toMatchObject({
      ...execFailed,
      message: expect.stringContaining('"no-such-interpreter"'),
    });
  });

  test('scripts of scripts, as deep as the kernel goes', async () => {
    for (let depth = 1; depth <= 6; depth += 1) {
      const interpreter = depth === 1 ? '/bin/sh' : join(folder, `deep-${depth - 1}`);
      writeScript(join(folder, `deep-${depth}`), `#!${interpreter}\n`);
    }
    const made = await plan(join(folder, 'deep-5'));
    expect(entryOf(made, join(folder, 'deep-1'))).toMatchObject({ layer: 'base' });
    await expect(plan(join(folder, 'deep-6'))).rejects.toMatchObject({ code: 'Config', field: 'program' });
  });

  test('a script that asks env for itself', async () => {
    const script = writeScript(join(folder, 'selfish'), '#!/usr/bin/env selfish\n');
    await expect(plan(script, { PATH: folder })).rejects.toMatchObject({ code: 'Config', field: 'program' });
  });

  test('an interpreter that is not there', async () => {
    const script = writeScript(join(folder, 'no-interpreter'), '#!/no/such/shell\n');
    await expect(plan(script)).rejects.toMatchObject({
      ...execFailed,
      message: `Cannot execute ${script}: no such file or directory`,
      hint: expect.stringContaining('/no/such/shell'),
    });
  });
});

describe('what cannot be executed', () => {
  test.each([
    ['nothing', '/no/such/program', 'no such file or directory'],
    ['a folder', '/usr', 'permission denied'],
    ['a path through a file', '/bin/sh/x', 'not a directory'],
    ['a file as a folder', '/bin/sh/', 'not a directory'],
  ])('%s', async (_, program, message) => {
    await expect(plan(program)).rejects.toMatchObject({
      ...execFailed,
      message: expect.stringContaining(message),
    });
  });

  test('a file without execute permission, and one without a format', async () => {
    const file = writeScript(join(folder, 'plain'), '#!/bin/sh\n', 0o644);
    await expect(plan(file)).rejects.toMatchObject({
      ...execFailed,
      hint: expect.stringContaining('chmod +x'),
    });
    chmodSync(file, 0o755);
    writeFileSync(file, 'echo no first line\n');
    await expect(plan(file)).rejects.toMatchObject({
      ...execFailed,
      hint: expect.stringContaining('#!/bin/sh'),
    });
  });

  test('a loop of links, and a path that is too long', async () => {
    symlinkSync('loop-b', join(folder, 'loop-a'));
    symlinkSync('loop-a', join(folder, 'loop-b'));
    const config = { code: 'Config', reason: 'invalid-setting', field: 'program', platform };
    await expect(plan(join(folder, 'loop-a'))).rejects.toMatchObject(config);
    await expect(plan(`/${'x/'.repeat(3000)}`)).rejects.toMatchObject(config);
    await expect(plan(`/${'x'.repeat(300)}`)).rejects.toMatchObject(config);
    await expect(plan('bin/sh')).rejects.toMatchObject(config);
    await expect(plan('/proc/self/cmdline')).rejects.toMatchObject({ code: 'Config' });
  });
});
