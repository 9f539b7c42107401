import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, inject, it } from 'vitest';

const include = new URL('../../include', import.meta.url).pathname;
const compiler = [
  '--target=wasm32-wasi',
  '--sysroot=/usr',
  '-O2',
  '-D_WASI_EMULATED_SIGNAL',
  '-Wall',
  '-Werror',
];

/** Whether C programs can be compiled for WASI here. */
export function canCompile(): boolean {
  const source = '#include <stdio.h>\nint main(void) { return puts(""); }';
  const tried = spawnSync('clang', [...compiler, '-x', 'c', '-', '-o', '/dev/null'], { input: source });
  return tried.status === 0;
}

/** Tests with C programs: where there is no compiler for them, one that says so. */
export function describeWithPrograms(name: string, tests: () => void): void {
  if (canCompile()) describe(name, tests);
  else sayThereIsNoCompiler(name);
}

/** Instead of tests that need one. */
export function sayThereIsNoCompiler(name: string): void {
  it(`${name}: not here, apt install clang lld wasi-libc libclang-rt-14-dev-wasm32`, () => {
    expect(process.env.DUENDE_REQUIRE?.split(',') ?? []).not.toContain('wos');
  });
}

/** The path of test/programs/NAME.c as a module; compiled once in a run of the tests. */
export function program(name: string): string {
  const output = join(inject('wosPrograms'), `${name}.wasm`);
  if (existsSync(output)) return output;
  const source = new URL(`../programs/${name}.c`, import.meta.url).pathname;
  const libraries = ['-lwasi-emulated-signal', '-Wl,--export-table', '-Wl,-z,stack-size=262144'];
  const mine = `${output}.${process.pid}`;
  execFileSync(
    'clang',
    [...compiler, '-I', include, source, join(include, 'wos.c'), ...libraries, '-o', mine],
    {
      stdio: ['ignore', 'ignore', 'inherit'],
    },
  );
  renameSync(mine, output);
  return output;
}

/** A folder of the test's own, removed when its file is done. */
export function temporaryFolder(): string {
  const made = mkdtempSync(join(tmpdir(), 'wos-test-'));
  afterAll(() => rmSync(made, { recursive: true, force: true }));
  return made;
}
