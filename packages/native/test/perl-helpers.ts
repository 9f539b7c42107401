import { rmSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { DaemonHandle, DaemonStatus } from '@duende/core';
import { readStat } from '@duende/program';
import { NativeAdapter, type SupervisorKind } from '../src/index.ts';
import { makeStateDirectory } from './harness.ts';

/** Both ways in which the Perl supervisor works: with Linux system calls, and as on macOS. */
export const perlKinds: readonly SupervisorKind[] = ['perl', 'perl-portable'];

/** An adapter on a state folder of its own. */
export function makeAdapter(supervisor: SupervisorKind): {
  adapter: NativeAdapter;
  stateDirectory: string;
  cleanup: () => Promise<void>;
} {
  const stateDirectory = makeStateDirectory();
  const adapter = new NativeAdapter({ stateDirectory, supervisor });
  const cleanup = async (): Promise<void> => {
    for (const handle of await adapter.list()) await adapter.remove(handle, { force: true });
    rmSync(stateDirectory, { recursive: true, force: true });
  };
  return { adapter, stateDirectory, cleanup };
}

export async function until<T>(
  what: string,
  look: () => T | Promise<T>,
  milliseconds = 10_000,
): Promise<NonNullable<T>> {
  for (const end = Date.now() + milliseconds; Date.now() < end; await delay(20)) {
    const value = await look();
    if (value) return value;
  }
  throw new Error(`${what}: not within ${milliseconds} ms`);
}

export async function linesOf(adapter: NativeAdapter, handle: DaemonHandle): Promise<string[]> {
  const lines: string[] = [];
  for await (const { text } of adapter.logs(handle)) lines.push(text);
  return lines;
}

export async function inState(
  adapter: NativeAdapter,
  handle: DaemonHandle,
  state: DaemonStatus['state'],
): Promise<DaemonStatus> {
  return await until(`${handle.name} is ${state}`, async () => {
    const status = await adapter.status(handle);
    return status.state === state ? status : undefined;
  });
}

/** A process that is neither gone nor a zombie. */
export function runs(pid: number): boolean {
  const stat = readStat(pid);
  return stat !== undefined && stat.state !== 'Z';
}
