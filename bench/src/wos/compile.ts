import { execa } from 'execa';
import type { BenchContext } from '../context.ts';

/** WASI modules, by what they do. */
export interface Programs {
  /** programs.c beside this. */
  readonly bench: string;
  readonly hash: string;
  readonly sieve: string;
  readonly fib: string;
}

const flags = ['--target=wasm32-wasi', '--sysroot=/usr', '-O2', '-Wall', '-Werror'];
const computing = new URL('../../../packages/wos/test/programs/', import.meta.url).pathname;

/** Compiles what the processes run, C by Debian's clang. @throws Error that says how to get it */
export async function compilePrograms(context: BenchContext): Promise<Programs> {
  const folder = context.makeFolder('programs');
  const compile = async (source: string, name: string): Promise<string> => {
    const output = `${folder}/${name}.wasm`;
    const { failed, stderr } = await execa('clang', [...flags, source, '-o', output], { reject: false });
    if (!failed) return output;
    const said = stderr?.split('\n')[0] ?? '';
    throw new Error(
      `no WASI programs can be compiled: apt install clang lld wasi-libc libclang-rt-14-dev-wasm32 (${said})`,
    );
  };
  const [bench, hash, sieve, fib] = await Promise.all([
    compile(new URL('programs.c', import.meta.url).pathname, 'bench'),
    compile(`${computing}hash.c`, 'hash'),
    compile(`${computing}sieve.c`, 'sieve'),
    compile(`${computing}fib.c`, 'fib'),
  ]);
  return { bench, hash, sieve, fib } as Programs;
}
