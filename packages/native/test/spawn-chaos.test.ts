import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { DaemonHandle } from '@duende/core';
import { afterAll, expect, test } from 'vitest';
import { NativeAdapter } from '../src/index.ts';
import { makeStateDirectory } from './harness.ts';

const stateDirectory = makeStateDirectory();
const adapter = new NativeAdapter({ stateDirectory });
const base = join(stateDirectory, 'native');

afterAll(async () => {
  for (const handle of await adapter.list()) await adapter.remove(handle, { force: true });
  await adapter.close();
  rmSync(stateDirectory, { recursive: true, force: true });
});

function read(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}

function children(pid: number | string): number[] {
  return read(`/proc/${pid}/task/${pid}/children`).split(' ').filter(Boolean).map(Number);
}

/** Guardian, supervisor and what becomes the daemon, as far as they are there. */
function line(): number[] {
  const guardians = children(process.pid).filter((pid) =>
    read(`/proc/${pid}/cmdline`).includes('duende-supervise'),
  );
  return guardians.flatMap((pid) => [pid, ...children(pid).flatMap((child) => [child, ...children(child)])]);
}

const marked = (name: string): string[] =>
  readdirSync('/proc').filter((pid) =>
    `\0${read(`/proc/${pid}/environ`)}`.includes(`\0DUENDE_NAME=${name}\0`),
  );

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It was quicker.
  }
}

test('kill -9 of any of the processes of a spawn under way: a whole daemon, or an error and nothing', async () => {
  const outcomes = { spawned: 0, refused: 0 };
  for (let round = 0; round < 120; round += 1) {
    await adapter.close();
    const name = `chaos${round}-${process.pid}`;
    const spawning: Promise<DaemonHandle | undefined> = adapter
      .spawn({ name, program: '/bin/sleep', args: ['600'] })
      .catch(() => undefined);
    const start = performance.now();
    const moment = Math.random() * 1.2;
    await Promise.resolve();
    while (performance.now() - start < moment) await new Promise((resolve) => setImmediate(resolve));
    const victims = line();
    const victim = victims[round % 3] ?? victims.at(-1);
    if (victim !== undefined) kill(victim);
    const handle = await spawning;
    if (handle === undefined) {
      outcomes.refused += 1;
      for (let wait = 0; wait < 50 && marked(name).length > 0; wait += 1) await delay(10);
      expect(marked(name)).toEqual([]);
      expect(readdirSync(base)).not.toContain(name);
    } else {
      outcomes.spawned += 1;
      // The daemon itself may have been the victim; it is known then how it ended.
      await delay(20);
      const { state } = await adapter.status(handle);
      expect(['running', 'failed']).toContain(state);
      if (state === 'failed')
        expect(await adapter.wait(handle)).toMatchObject({ exit: { signal: 'SIGKILL' } });
      await adapter.remove(handle, { force: true });
      expect(marked(name)).toEqual([]);
    }
  }
  expect(outcomes.spawned + outcomes.refused).toBe(120);
  // What was killed between making its folder and handing it on is swept later; nothing else may be left.
  expect(readdirSync(base).filter((entry) => !entry.startsWith('.'))).toEqual([]);
}, 60_000);
