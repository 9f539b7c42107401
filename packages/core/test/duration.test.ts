import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatDuration, formatSize, parseDuration, parseSize } from '../src/index.ts';

const unit = fc.constantFrom<[string, number]>(['ms', 1], ['s', 1000], ['m', 60_000], ['h', 3_600_000]);

test('a sum of parts is the sum of their milliseconds', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(999), unit), { minLength: 1, maxLength: 4 }), (parts) => {
      const written = parts.map(([amount, [name]]) => `${amount}${name}`).join('');
      expect(parseDuration(written)).toBe(
        parts.reduce((sum, [amount, [, factor]]) => sum + amount * factor, 0),
      );
    }),
  );
});

test('what formatDuration shows parses to nearly the same', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 30 * 86_400_000 }), (milliseconds) => {
      const back = parseDuration(formatDuration(milliseconds)) as number;
      const shown = milliseconds < 86_400_000 ? 60_000 : 3_600_000;
      expect(Math.abs(back - milliseconds)).toBeLessThan(milliseconds < 10_000 ? 51 : shown);
    }),
  );
});

test('what formatSize shows parses to within five percent', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2 ** 50 }), (bytes) => {
      const back = parseSize(formatSize(bytes)) as number;
      expect(Math.abs(back - bytes)).toBeLessThanOrEqual(bytes * 0.06);
    }),
  );
});

test('no text makes either throw', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      for (const value of [parseDuration(text), parseSize(text)]) {
        if (value !== undefined) expect(value).toBeGreaterThanOrEqual(0);
      }
    }),
  );
});
