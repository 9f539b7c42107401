import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, expect, test } from 'vitest';
import { NativeAdapter } from '../src/index.ts';
import { makeStateDirectory } from './harness.ts';

const stateDirectory = makeStateDirectory();
const adapter = new NativeAdapter({ stateDirectory });

afterAll(async () => {
  for (const handle of await adapter.list()) await adapter.remove(handle, { force: true });
  rmSync(stateDirectory, { recursive: true, force: true });
});

/** Sets the machine's clock back by an hour during `work`; needs CAP_SYS_TIME, and nothing else that runs. */
async function anHourBack(work: () => Promise<void>): Promise<void> {
  const wall = Date.now();
  const monotonic = performance.now();
  execFileSync('date', ['-s', `@${Math.floor(wall / 1000) - 3600}`]);
  try {
    await work();
  } finally {
    const now = wall + (performance.now() - monotonic);
    execFileSync('date', ['-s', `@${(now / 1000).toFixed(3)}`]);
  }
}

test('restarts, stop timeouts and start timeouts go on when the clock is set back by an hour', async () => {
  const restarting = await adapter.spawn({
    name: 'restarting',
    program: '/bin/sh',
    args: ['-c', 'sleep 0.1; exit 3'],
    restart: { policy: 'always', delay: 200, factor: 1, maxRestarts: 0 },
  });
  const stubborn = await adapter.spawn({
    name: 'stubborn',
    program: '/bin/sh',
    args: ['-c', 'trap "" TERM; while :; do sleep 0.1; done'],
    stopTimeout: 500,
  });
  await delay(150);
  await anHourBack(async () => {
    const begin = performance.now();
    const before = (await adapter.status(restarting)).restarts;
    const late = adapter.spawn({
      name: 'late',
      program: '/bin/sleep',
      args: ['600'],
      readiness: 'notify',
      startTimeout: 500,
    });
    const refused = expect(late).rejects.toMatchObject({ code: 'SpawnFailed', reason: 'timeout' });
    expect((await adapter.stop(stubborn)).state).toBe('stopped');
    await refused;
    await delay(1000);
    expect((await adapter.status(restarting)).restarts).toBeGreaterThanOrEqual(before + 2);
    expect(performance.now() - begin).toBeLessThan(10_000);
  });
});
