import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { quote } from './arguments.ts';
import type { Context } from './context.ts';
import { usageError } from './usage.ts';

/** Variables of every --env-file and --env-from, then of every --env: the later one wins. */
export async function readEnvironment({ args, io }: Context): Promise<Record<string, string>> {
  const env: Record<string, string> = {};
  for (const option of ['env-file', 'env-from']) {
    for (const file of args.list(option)) await addEnvFile(env, resolve(io.cwd(), file), `--${option}`);
  }
  for (const text of args.list('env')) {
    const equals = text.indexOf('=');
    const name = equals === -1 ? text : text.slice(0, equals);
    if (name === '') throw usageError(`--env: expected K=V or K, got ${quote(text)}`);
    const value = equals === -1 ? io.env[name] : text.slice(equals + 1);
    if (value === undefined)
      throw usageError(`--env ${name}: it is not set here`, `Give a value: --env ${name}=VALUE`);
    define(env, name, value);
  }
  return env;
}

async function addEnvFile(env: Record<string, string>, path: string, option: string): Promise<void> {
  const text = readText(path, option);
  checkEnvLines(text, `${option} ${path}`);
  // Imported here: node:util takes a millisecond to load, which the other commands need not spend.
  const { parseEnv } = await import('node:util');
  for (const [name, value] of Object.entries(parseEnv(text))) define(env, name, value ?? '');
}

/** Also for a name such as `__proto__`, which an assignment would not store. */
function define(env: Record<string, string>, name: string, value: string): void {
  Object.defineProperty(env, name, { value, enumerable: true, writable: true, configurable: true });
}

/** parseEnv of Node leaves out what it does not understand: here that is an error which names the line. */
function checkEnvLines(text: string, where: string): void {
  let open: string | undefined;
  text.split(/\r?\n/).forEach((line, index) => {
    if (open !== undefined) {
      if (line.includes(open)) open = undefined;
      return;
    }
    if (/^\s*(#|$)/.test(line)) return;
    const match = /^\s*(?:export\s+)?[^\s=#]+\s*=\s*(["'`]?)(.*)$/.exec(line);
    if (!match) throw usageError(`${where}: line ${index + 1} is not K=V: ${quote(line)}`);
    const [, mark, rest] = match;
    if (mark && !rest?.includes(mark)) open = mark;
  });
  if (open !== undefined) throw usageError(`${where}: a ${open} is never closed`);
}

/** @throws PlatformError Config / invalid-setting naming the option. */
export function readText(path: string, option: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code ?? (error as Error).message;
    throw usageError(`${option}: cannot read ${path}: ${why}`);
  }
}
