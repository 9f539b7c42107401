import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeAll, expect } from 'vitest';

const started = new Set<ChildProcess>();

/** Tests that trace need strace: without it they fail here, with one clear message. */
export function requireStrace(): void {
  beforeAll(() => {
    if (spawnSync('strace', ['-V']).error)
      throw new Error('These tests need strace: install the package strace');
  });
}

/** Ends whatever a test has started, also when it failed. */
export function cleanUp(): void {
  afterEach(() => {
    for (const child of started) child.kill('SIGKILL');
    started.clear();
  });
}

/** A Node that runs this script, and has printed `ready`. */
export async function startNode(script: string): Promise<{ child: ChildProcess; pid: number }> {
  return start(process.execPath, ['-e', `${script};console.log('ready')`]);
}

export async function start(
  program: string,
  args: readonly string[],
): Promise<{ child: ChildProcess; pid: number }> {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  started.add(child);
  await new Promise<void>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', () => reject(new Error(`${program} ended before it was ready`)));
    child.stdout.once('data', () => resolve());
  });
  child.stdout.resume();
  return { child, pid: child.pid as number };
}

export function field(pid: number, name: 'State' | 'TracerPid' | 'Threads'): string {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return new RegExp(`^${name}:\\s*(\\S+)`, 'm').exec(status)?.[1] ?? '';
}

export async function until(what: string, condition: () => boolean, within = 10_000): Promise<void> {
  const end = Date.now() + within;
  while (!condition()) {
    if (Date.now() > end) throw new Error(`not within ${within} ms: ${what}`);
    await sleep(10);
  }
}

/** Running, traced by nobody, and not stopped. */
export async function expectUntouched(pid: number): Promise<void> {
  expect(field(pid, 'TracerPid')).toBe('0');
  await until('runs again', () => ['R', 'S'].includes(field(pid, 'State')), 2000);
  await sleep(100);
  expect(['R', 'S', 'D']).toContain(field(pid, 'State'));
}
