import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { systemctl } from './harness.ts';
import { makeBench } from './helpers.ts';

const bench = makeBench();
const { adapter } = bench;

/** Unhandled rejections fail a vitest run by themselves. */
test('a manager that is executed anew again and again: no call fails, no unit is doubled or lost', {
  timeout: 120_000,
}, async () => {
  let over = false;
  const replacing = (async () => {
    while (!over) {
      await systemctl('daemon-reexec');
      await sleep(100 + Math.random() * 200);
    }
  })();
  try {
    const waited = [];
    for (let round = 0; round < 25; round += 1) {
      const handle = await bench.shell('exec sleep 1000');
      waited.push(adapter.wait(handle));
      expect((await adapter.status(handle)).state).toBe('running');
      await adapter.signal(handle, 'STOP');
      await bench.until(handle, ({ state }) => state === 'paused');
      await adapter.signal(handle, 'CONT');
      await sleep(Math.random() * 100);
      expect(await adapter.stop(handle)).toMatchObject({ state: 'stopped', exit: { signal: 'SIGTERM' } });
    }
    const ends = await Promise.all(waited);
    expect(ends.map(({ state }) => state)).toEqual(Array.from({ length: 25 }, () => 'stopped'));
  } finally {
    over = true;
    await replacing;
  }
  const units = await systemctl('list-units', '--plain', '--no-legend', 'duende-*');
  for (const { name } of await adapter.list()) expect(units).not.toContain(`duende-${name}.service`);
});

test('a stop that was under way when the manager was executed anew is finished', async () => {
  const handle = await bench.shell('trap "" TERM; echo ready; while :; do sleep 0.05; done', {
    stopTimeout: '1s',
  });
  await expect.poll(() => bench.text(handle)).toContain('ready');
  const stopping = adapter.stop(handle);
  await sleep(200);
  await systemctl('daemon-reexec');
  expect(await stopping).toMatchObject({ state: 'stopped', exit: { signal: 'SIGKILL' } });
});

test('daemon-reload changes nothing', async () => {
  const handle = await bench.shell('exec sleep 1000', {
    restart: 'always',
    env: { ODD: 'a %s $HOME "quoted" \\ ' },
  });
  const before = await adapter.status(handle);
  await systemctl('daemon-reload');
  expect(await adapter.status(handle)).toEqual(before);
  await adapter.signal(handle, 'KILL');
  const after = await bench.until(handle, ({ restarts, state }) => restarts === 1 && state === 'running');
  expect(after.pid).not.toBe(before.pid);
});
