import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { once } from '../support/once.ts';

const run = promisify(execFile);
const own = new URL('c', import.meta.url).pathname;
const forWasi = ['--target=wasm32-wasi', '--sysroot=/usr', '-I', own, '-Wl,-z,stack-size=1048576'];

/** Lua 5.4.4 as Debian 12 has it: the upstream file of its source package lua5.4. MIT. */
const luaArchive = new URL('sources/lua-5.4.4.tar.gz', import.meta.url).pathname;
const luaHash = '164c7849653b80ae67bec4b7473b884bf5cc8d2dca05653475ec2ed27b9ebf61';

/** The unpacked sources of Lua. */
function luaSources(): Promise<string> {
  return once('lua-5.4.4', async (output) => {
    const hash = createHash('sha256').update(readFileSync(luaArchive)).digest('hex');
    if (hash !== luaHash) throw new Error(`${luaArchive} is not Lua 5.4.4: its hash is ${hash}`);
    mkdirSync(output);
    await run('tar', ['-xzf', luaArchive, '-C', output, '--strip-components=2', 'lua-5.4.4/src']);
  });
}

async function luaFiles(): Promise<string[]> {
  const folder = await luaSources();
  const files = readdirSync(folder).filter((name) => name.endsWith('.c') && name !== 'luac.c');
  return files.map((name) => join(folder, name));
}

/** Lua's interpreter for WASI. Errors of Lua are longjmp, which is an exception of WebAssembly. */
export function lua(): Promise<string> {
  return once('lua.wasm', async (output) => {
    const files = await luaFiles();
    const jumps = ['-mllvm', '-wasm-enable-sjlj', '-mexception-handling'];
    const emulated = [
      '-D_WASI_EMULATED_SIGNAL',
      '-D_WASI_EMULATED_PROCESS_CLOCKS',
      '-Wno-deprecated-declarations',
    ];
    const noTemporaryNames = [
      '-DLUA_TMPNAMBUFSIZE=32',
      '-Dlua_tmpnam(buffer,error)={(void)(buffer);error=1;}',
    ];
    const mine = ['setjmp.c', 'setjmp-tag.s', 'lua-missing.c'].map((name) => join(own, name));
    const libraries = ['-lwasi-emulated-signal', '-lwasi-emulated-process-clocks'];
    const flags = [...forWasi, '-O2', ...jumps, ...emulated, ...noTemporaryNames];
    await run('clang', [...flags, ...files, ...mine, ...libraries, '-o', output]);
  });
}

/** The same interpreter for this machine. */
export function nativeLua(): Promise<string> {
  return once('lua-native', async (output) => {
    const files = await luaFiles();
    await run('clang', ['-O1', '-Wno-deprecated-declarations', ...files, '-lm', '-o', output]);
  });
}

/** SQLite, of the sources in the npm package better-sqlite3, with a program that runs statements. */
export function sqlite(): Promise<string> {
  return once('sqlite.wasm', async (output) => {
    const library = createRequire(import.meta.url).resolve('better-sqlite3');
    const folder = join(dirname(library), '..', 'deps', 'sqlite3');
    const settings = [
      '-D_WASI_EMULATED_MMAN',
      '-DSQLITE_THREADSAFE=0',
      '-DSQLITE_OMIT_LOAD_EXTENSION',
      '-DSQLITE_USE_URI=1',
    ];
    const files = [join(own, 'sqlite-run.c'), join(folder, 'sqlite3.c')];
    const flags = [...forWasi, '-O1', '-I', folder, ...settings];
    await run('clang', [...flags, ...files, '-lwasi-emulated-mman', '-o', output]);
  });
}
