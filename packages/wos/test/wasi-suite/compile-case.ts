import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { once } from '../support/once.ts';

const run = promisify(execFile);

/** SUITE/NAME.c beside this file as a module: without -DNDEBUG, so that assert() traps. */
export function compileCase(suite: string, name: string): Promise<string> {
  return once(`${suite}-${name}.wasm`, async (output) => {
    const source = new URL(`${suite}/${name}.c`, import.meta.url).pathname;
    const target = ['--target=wasm32-wasi', '--sysroot=/usr', '-O1'];
    const clocks = ['-D_WASI_EMULATED_PROCESS_CLOCKS', '-lwasi-emulated-process-clocks'];
    await run('clang', [...target, source, ...clocks, '-o', output]);
  });
}
