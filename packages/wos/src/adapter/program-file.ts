import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { getSystemErrorMap } from 'node:util';
import { isImpossiblePath } from '@duende/program';
import { failed, wrong } from './errors.ts';

const operation = { code: 'SpawnFailed', name: 'spawn' } as const;
/** How each module begins: `\0asm`, and version 1. */
const magic = Buffer.from([0, 97, 115, 109, 1, 0, 0, 0]);

/** `no such file or directory`: what a system error says, without its code and path. */
export function reasonOf(error: unknown): string {
  const { errno, message } = error as NodeJS.ErrnoException;
  return getSystemErrorMap().get(errno ?? 0)?.[1] ?? message;
}

function readStart(path: string): Buffer {
  const file = openSync(path, 'r');
  try {
    const start = Buffer.alloc(magic.length);
    return start.subarray(0, readSync(file, start, 0, start.length, 0));
  } finally {
    closeSync(file);
  }
}

/**
 * The path of a module that can be run, absolute. A relative one is taken from the current folder. The right to execute is not
 * looked at: modules are data.
 * @param field of the error
 * @throws PlatformError SpawnFailed: not-found, permission-denied, exec-failed; Config for what no path can be
 */
export function requireModule(program: string, field: string): string {
  const path = resolve(program);
  const cannot = (why: string, reason: 'not-found' | 'permission-denied' | 'exec-failed', hint: string) =>
    failed(operation, `${field}: cannot execute ${path.slice(0, 200)}: ${why}`, reason, { field, hint });
  const needed = 'It must be a file of WebAssembly (clang --target=wasm32-wasi ...)';
  let start: Buffer;
  try {
    // What is no file is not opened: a pipe would keep us.
    if (!statSync(path).isFile()) throw cannot('it is no file', 'exec-failed', needed);
    start = readStart(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined || error instanceof TypeError || 'reason' in (error as object)) throw error;
    const why = reasonOf(error);
    if (isImpossiblePath(code)) throw wrong(field, `${path.slice(0, 80)}: ${why}`);
    if (code === 'ENOENT' || code === 'ENOTDIR')
      throw cannot(why, 'not-found', 'Check the path: it is a file of the machine on which the kernel runs');
    if (code === 'EACCES' || code === 'EPERM')
      throw cannot(why, 'permission-denied', 'It must be readable for the user of the kernel');
    throw cannot(why, 'exec-failed', needed);
  }
  if (start.equals(magic)) return path;
  throw cannot('it is not executable here: no module of WebAssembly', 'exec-failed', needed);
}
