import { describe, expect, test } from 'vitest';
import { formatDuration, formatSize, parseDuration, parseSignal, parseSize } from '../src/index.ts';

describe('durations', () => {
  test.each([
    ['10s', 10_000],
    ['1m30s', 90_000],
    ['1.5h', 5_400_000],
    ['250ms', 250],
    [' 2 min ', 120_000],
    ['0', 0],
    [1234, 1234],
  ])('%j is %d ms', (text, milliseconds) => expect(parseDuration(text)).toBe(milliseconds));

  test.each(['10', '', 's', '10 parsecs', '-1s', '1s2', Number.NaN, -1, Number.POSITIVE_INFINITY])(
    '%j is refused',
    (text) => expect(parseDuration(text)).toBeUndefined(),
  );

  test.each([
    [999, '999ms'],
    [3400, '3.4s'],
    [61_000, '1m 1s'],
    [90_061_000, '1d 1h'],
    [60_000, '1m'],
    [0, '0ms'],
  ])('%d ms is shown as %s', (milliseconds, text) => expect(formatDuration(milliseconds)).toBe(text));
});

describe('sizes', () => {
  test.each([
    ['64M', 67_108_864],
    ['1.5GiB', 1_610_612_736],
    ['500k', 512_000],
    ['12', 12],
    ['7B', 7],
    [4096, 4096],
  ])('%j is %d bytes', (text, bytes) => expect(parseSize(text)).toBe(bytes));

  test.each(['', '64X', '-1', 'M', 1.5, -1, '9999999999T'])('%j is refused', (text) =>
    expect(parseSize(text)).toBeUndefined(),
  );

  test.each([
    [512, '512B'],
    [67_108_864, '64M'],
    [1_610_612_736, '1.5G'],
    [0, '0B'],
  ])('%d bytes are shown as %s', (bytes, text) => expect(formatSize(bytes)).toBe(text));
});

describe('signals', () => {
  test.each([
    ['TERM', 'TERM'],
    ['sigusr1', 'USR1'],
    ['15', 'TERM'],
    ['19', 'STOP'],
    ['SIGSEGV', undefined],
    ['0', undefined],
    ['', undefined],
  ])('%j is %s', (text, signal) => expect(parseSignal(text)).toBe(signal));
});
