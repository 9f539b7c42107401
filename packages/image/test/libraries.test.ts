import { copyFileSync, existsSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, test } from 'vitest';
import { planProgram } from '../src/index.ts';
import { parseLoaderOutput } from '../src/loader-output.ts';
import { entryOf, inRoot, isRoot, platform, resolveIn, testFolder, unpack } from './helpers.ts';

const folder = testFolder();

/** A copy of a program that asks for a library of another name. */
function renamed(program: string, name: string, from: string, to: string): string {
  const bytes = readFileSync(program);
  const at = bytes.indexOf(`\0${from}\0`, 0, 'latin1');
  expect(at).toBeGreaterThan(0);
  bytes.write(to, at + 1, 'latin1');
  writeFileSync(join(folder, name), bytes, { mode: 0o755 });
  return join(folder, name);
}

test('libraries that are missing are named', async () => {
  const program = renamed('/usr/bin/env', 'needs-more', 'libc.so.6', 'libq.so.6');
  await expect(planProgram({ program, platform })).rejects.toMatchObject({
    code: 'SpawnFailed',
    reason: 'exec-failed',
    field: 'program',
    message: `Cannot execute ${program}: libraries are missing on this host: libq.so.6`,
  });
});

const selinux = (await execa('/usr/bin/env', ['ldd', '/bin/ls'], { reject: false })).stdout.match(
  /=> (\/\S+libselinux\.so\.1)/,
)?.[1];

if (selinux !== undefined) {
  test('a library from LD_LIBRARY_PATH is found without that variable in the image', async () => {
    const program = renamed('/bin/ls', 'other-ls', 'libselinux.so.1', 'libqelinux.so.1');
    await expect(planProgram({ program, platform })).rejects.toThrow('libqelinux.so.1');
    copyFileSync(selinux, join(folder, 'libqelinux.so.1'));
    const plan = await planProgram({ program, platform, env: { LD_LIBRARY_PATH: folder } });
    expect(entryOf(plan, join(folder, 'libqelinux.so.1'))).toMatchObject({ type: 'file', layer: 'base' });
    const link = plan.entries.find(({ path }) => /lib\/.*libqelinux/.test(path));
    expect(link).toMatchObject({ type: 'symlink', linkTarget: join(folder, 'libqelinux.so.1') });
    if (!isRoot) return;
    const root = await unpack(plan, join(folder, 'ls-image'));
    expect((await inRoot(root, [program, '/'])).stdout).toContain('etc');
  });
}

// Debian and Alpine name their musl loaders so.
const musl = `/lib/ld-musl-${process.arch === 'x64' ? 'x86_64' : 'aarch64'}.so.1`;
if (existsSync(musl) && existsSync('/usr/bin/musl-gcc')) {
  test('a musl program', async () => {
    const program = join(folder, 'musl-program');
    await execa({ input: 'int main(void) { return 42; }' })`musl-gcc -x c - -o ${program}`;
    const plan = await planProgram({ program, platform });
    expect(resolveIn(plan, musl)).toMatchObject({ type: 'file', source: realpathSync(musl) });
    if (!isRoot) return;
    const root = await unpack(plan, join(folder, 'musl-image'));
    expect((await inRoot(root, [program])).exitCode).toBe(42);
  });
}

describe('what loaders say', () => {
  test('glibc', () => {
    const output = `
\tlinux-vdso.so.1 (0x00007f93d3016000)
\tlibfoo.so.1 => /opt/my libs/libfoo.so.1 (0x00007f93d2ffb000)
\tlibbar.so.2 => not found
\tlibbaz.so.3 => not found
\t/lib64/ld-linux-x86-64.so.2 (0x00007f93d3018000)`;
    expect(parseLoaderOutput(output)).toEqual({
      libraries: [
        { name: 'libfoo.so.1', path: '/opt/my libs/libfoo.so.1' },
        { name: '/lib64/ld-linux-x86-64.so.2', path: '/lib64/ld-linux-x86-64.so.2' },
      ],
      missing: ['libbar.so.2', 'libbaz.so.3'],
      problem: undefined,
    });
  });

  test('a library that is too old', () => {
    const line = "./x: /lib/libc.so.6: version `GLIBC_2.99' not found (required by ./x)";
    expect(parseLoaderOutput(line)).toMatchObject({ problem: line, missing: [] });
  });

  test('musl', () => {
    const output = `\t/lib/ld-musl-x86_64.so.1 (0x7f7576e44000)
\tlibc.so => /lib/ld-musl-x86_64.so.1 (0x7f7576e44000)
Error loading shared library libq.so.6: No such file or directory (needed by /tmp/t)
Error relocating /tmp/t: free: symbol not found`;
    expect(parseLoaderOutput(output)).toMatchObject({
      libraries: [{ path: '/lib/ld-musl-x86_64.so.1' }],
      missing: ['libq.so.6'],
    });
  });
});
