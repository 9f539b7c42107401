import { expect, test } from 'vitest';
import { SharedLook } from '../src/shared-look.ts';

/** Asks that are answered by hand, in their order. */
function asks() {
  const waiting: { readonly resolve: (value: number) => void; readonly reject: (error: Error) => void }[] =
    [];
  const ask = () => new Promise<number>((resolve, reject) => waiting.push({ resolve, reject }));
  return { waiting, ask };
}

test('who comes while it is being asked shares the next answer, which is asked for once', async () => {
  const { waiting, ask } = asks();
  const shared = new SharedLook<number>();
  const first = shared.look(ask);
  const later = Array.from({ length: 19 }, () => shared.look(ask));
  expect(waiting).toHaveLength(1);
  waiting[0]?.resolve(1);
  expect(await first).toBe(1);
  await Promise.resolve();
  expect(waiting).toHaveLength(2);
  waiting[1]?.resolve(2);
  expect(await Promise.all(later)).toEqual(Array(19).fill(2));
  // Nothing is kept: what is asked later is asked anew.
  const last = shared.look(ask);
  expect(waiting).toHaveLength(3);
  waiting[2]?.resolve(3);
  expect(await last).toBe(3);
});

test('a failure is told to those who share it, and to nobody after them', async () => {
  const { waiting, ask } = asks();
  const shared = new SharedLook<number>();
  const first = shared.look(ask);
  const second = shared.look(ask);
  waiting[0]?.reject(new Error('away'));
  await expect(first).rejects.toThrow('away');
  await Promise.resolve();
  waiting[1]?.resolve(2);
  expect(await second).toBe(2);
});
