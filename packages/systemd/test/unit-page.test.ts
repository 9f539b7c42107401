import { describe, expect, test } from 'vitest';
import { decodeUnitPage, encodeUnitPage, type PageSettings, unitPageSize } from '../src/unit-page.ts';

const settings: PageSettings = {
  id: '4286f30c-ff71-40c4-92f1-dec51771c4c7',
  bootId: '11111111-2222-3333-4444-555555555555',
  name: 'web',
  restart: { delay: 100, factor: 2.5, maxDelay: 30_000, window: 60_000, max: 7, always: true },
  notify: true,
  keepNotifySocket: false,
  health: { type: 'tcp', interval: 1000, timeout: 200, retries: 3, startPeriod: 0, port: 80 },
  spawner: { pid: 9, startTime: 10n },
  created: { monotonicUsec: 5n, wallUsec: 6n },
};

describe('the page of a unit', () => {
  test('what was written is read', () => {
    const page = decodeUnitPage(encodeUnitPage(settings));
    expect(page).toMatchObject({
      id: settings.id,
      bootId: settings.bootId,
      name: 'web',
      created: settings.created,
      spawner: settings.spawner,
      runsEnded: 0,
      health: 'unknown',
    });
  });

  test('numbers stand where the helper reads them (unit/unit.h)', () => {
    const page = encodeUnitPage(settings);
    const numbers = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13].map((index) =>
      Number(page.readBigInt64LE(256 + 8 * index)),
    );
    expect(numbers).toEqual([100, 2500, 30_000, 60_000, 1, 1, 0, 3, 1000, 200, 3, 0, 80, 7]);
  });

  test.each([
    ['nothing', Buffer.alloc(0)],
    ['a page that was cut', encodeUnitPage(settings).subarray(0, 4000)],
    ['another magic', Buffer.concat([Buffer.from('DUENDEs2'), encodeUnitPage(settings).subarray(8)])],
    ['zeros', Buffer.alloc(unitPageSize)],
  ])('%s is no page', (_, bytes) => {
    expect(decodeUnitPage(bytes)).toBeUndefined();
  });
});
