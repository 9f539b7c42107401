import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { BenchContext } from '../context.ts';
import type { Side } from './side.ts';

const nodeWasi = new URL('hosts/node-wasi.mjs', import.meta.url).pathname;

/** The rivals that have a process of this machine for each program. */
export const runtimes = {
  'node:wasi': (module: string, args: readonly string[]) => ({
    program: process.execPath,
    args: ['--disable-warning=ExperimentalWarning', nodeWasi, module, ...args],
  }),
  wasmtime: (module: string, args: readonly string[]) => ({
    program: 'wasmtime',
    args: ['run', module, ...args],
  }),
} as const;
export type Runtime = keyof typeof runtimes;

export const runtimesOf = ({ hasWasmtime }: Side): Runtime[] =>
  hasWasmtime ? ['node:wasi', 'wasmtime'] : ['node:wasi'];

/** Starts a program that writes `ready`, as a child. @returns it, and the milliseconds until its first line was here */
export async function startChild(
  context: BenchContext,
  { program, args }: { readonly program: string; readonly args: readonly string[] },
  env: NodeJS.ProcessEnv = process.env,
): Promise<{ child: ChildProcess; pid: number; milliseconds: number }> {
  const begin = performance.now();
  const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const said: string[] = [];
  child.stderr.setEncoding('utf8').on('data', (text: string) => said.push(text));
  const ended = once(child, 'close').then(([code, signal]) => {
    throw new Error(
      `${program} ended with ${code ?? signal} before its first line: ${said.join('').slice(-300)}`,
    );
  });
  ended.catch(() => undefined);
  await Promise.race([once(child.stdout, 'data'), ended]);
  const milliseconds = performance.now() - begin;
  return { child, pid: context.track(child.pid ?? 0), milliseconds };
}

export async function endChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}
