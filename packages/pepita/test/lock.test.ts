import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { withLock } from '../src/lock.ts';
import { testFolder } from './helpers.ts';

const folder = testFolder();

describe('a lock', () => {
  test('lets one work at a time, and leaves nothing', async () => {
    const path = join(folder, 'one');
    let inside = 0;
    let most = 0;
    const work = async (): Promise<void> => {
      inside += 1;
      most = Math.max(most, inside);
      await sleep(10);
      inside -= 1;
    };
    await Promise.all(Array.from({ length: 5 }, () => withLock(path, { patience: 10_000 }, work)));
    expect(most).toBe(1);
    expect(readdirSync(folder)).toEqual([]);
  });

  test('is not waited for longer than the patience', async () => {
    const path = join(folder, 'busy');
    const slow = withLock(path, { patience: 0 }, () => sleep(300));
    await sleep(20);
    expect(await withLock(path, { patience: 50 }, async () => 'done')).toBeUndefined();
    await slow;
    expect(await withLock(path, { patience: 0 }, async () => 'done')).toEqual({ result: 'done' });
  });

  test('is given back by work that fails', async () => {
    const path = join(folder, 'fails');
    const failing = async (): Promise<void> => {
      throw new Error('no');
    };
    await expect(withLock(path, { patience: 0 }, failing)).rejects.toThrow('no');
    expect(await withLock(path, { patience: 0 }, async () => 1)).toEqual({ result: 1 });
  });

  test.each([
    ['of a process that is dead', JSON.stringify({ pid: 1, startTime: '12345678901' })],
    ['that is damaged', '{"pid":'],
  ])('%s counts for nothing', async (_, text) => {
    const path = join(folder, 'dead');
    writeFileSync(path, text);
    expect(await withLock(path, { patience: 5000 }, async () => 1)).toEqual({ result: 1 });
  });

  test('of a process that is killed is free', async () => {
    const path = join(folder, 'killed');
    const module = JSON.stringify(new URL('../src/lock.ts', import.meta.url));
    const script = `const { withLock } = await import(${module});
      await withLock(${JSON.stringify(path)}, { patience: 0 }, () => { console.log('in'); return new Promise(() => setInterval(() => {}, 1000)); });`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      cwd: import.meta.dirname,
    });
    await once(child.stdout, 'data');
    expect(await withLock(path, { patience: 0 }, async () => 1)).toBeUndefined();
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(await withLock(path, { patience: 5000 }, async () => 1)).toEqual({ result: 1 });
  });
});
