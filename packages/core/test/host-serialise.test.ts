import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatLogLine } from '../src/host.ts';

const fieldsOf = (fields: unknown) =>
  JSON.parse(formatLogLine('info', 'm', 'd', fields as Record<string, unknown>)) as Record<string, unknown>;

test('values that JSON does not have', () => {
  const shared = { a: 1 };
  const odd = {
    nan: Number.NaN,
    big: 12345678901234567890n,
    symbol: Symbol('s'),
    call: function named() {},
    map: new Map([['k', new Set([1])]]),
    bytes: new Uint8Array(3),
    date: new Date(0),
    url: new URL('http://a/'),
    twice: [shared, shared],
    nothing: undefined,
    get bad(): never {
      throw new Error('getter');
    },
    json: {
      toJSON() {
        throw new Error('json');
      },
    },
  };
  expect(fieldsOf(odd)).toMatchObject({
    nan: 'NaN',
    big: '12345678901234567890',
    symbol: 'Symbol(s)',
    call: '[Function named]',
    map: [['k', [1]]],
    bytes: '[Uint8Array of 3 bytes]',
    date: '1970-01-01T00:00:00.000Z',
    url: 'http://a/',
    twice: [{ a: 1 }, { a: 1 }],
    bad: '[Threw: Error: getter]',
    json: '[Threw: Error: json]',
  });
});

test('errors anywhere keep name, message, stack, cause and their own fields', () => {
  const cause = Object.assign(new Error('inner'), { code: 'ENOENT' });
  const error = new AggregateError([new TypeError('one')], 'many', { cause });
  (error as Error & { self?: unknown }).self = error;
  expect(fieldsOf({ list: [error] }).list).toMatchObject([
    {
      name: 'AggregateError',
      message: 'many',
      stack: expect.stringContaining('host-serialise'),
      cause: { message: 'inner', code: 'ENOENT' },
      errors: [{ name: 'TypeError', message: 'one' }],
      self: '[Circular]',
    },
  ]);
  expect(fieldsOf(cause)).toMatchObject({ error: { message: 'inner', code: 'ENOENT' } });
});

test('depth is cut', () => {
  let deep: unknown = 'end';
  for (let level = 0; level < 100_000; level += 1) deep = { deep };
  expect(formatLogLine('info', 'm', 'd', { deep })).toContain('[Object]');
});

test('whatever is logged is one line of JSON that keeps the four own names', () => {
  fc.assert(
    fc.property(
      fc.anything({ withBigInt: true, withMap: true, withNullPrototype: true }),
      fc.string(),
      (value, text) => {
        const line = formatLogLine('warn', text, 'd', {
          value,
          msg: value,
          time: value,
          level: value,
          daemon: value,
        });
        expect(line).not.toContain('\n');
        expect(JSON.parse(line)).toMatchObject({
          level: 'warn',
          msg: text,
          daemon: 'd',
          time: expect.any(String),
        });
        formatLogLine('info', text, 'd', value as Record<string, unknown>);
      },
    ),
  );
});
