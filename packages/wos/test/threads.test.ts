import { expect, it } from 'vitest';
import { SharedTable } from '../src/kernel/shared-table.ts';
import { Threads } from '../src/kernel/threads.ts';
import { until } from './support/kernel.ts';

it('a kernel thread that is lost is told, and replaced', async () => {
  const lost: string[] = [];
  const threads = new Threads(new SharedTable(10), 3, {
    message: () => {},
    lost: (index, why) => lost.push(`${index}: ${why}`),
  });
  await threads.provide(2);
  // No plan: what the thread does with it is a bug, and ends it.
  threads.send(1, { type: 'spawn', plan: null } as never);
  await until('it is lost', () => lost.length === 1);
  expect(lost[0]).toMatch(/^1: Cannot read properties of null/);
  threads.send(1, { type: 'spawn', plan: null } as never);
  await until('its successor is lost', () => lost.length === 2);
  threads.send(0, { type: 'forget-module', id: 1 });
  await threads.close();
  expect(lost).toHaveLength(2);
});

it('threads take what they have least of, and what computes counts most', async () => {
  const threads = new Threads(new SharedTable(10), 3, { message: () => {}, lost: () => {} });
  await threads.provide(5);
  threads.added(0);
  threads.added(1);
  expect(threads.leastLoaded([])).toBe(2);
  expect(threads.leastLoaded([1, 0, 2])).toBe(1);
  threads.removed(0);
  expect(threads.leastLoaded([0, 0, 1])).toBe(0);
  await threads.close();
});
