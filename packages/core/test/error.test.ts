import { expect, test } from 'vitest';
import { configError, PlatformError } from '../src/index.ts';

test('a PlatformError carries code, reason, where and what to do', () => {
  const cause = new Error('ENOENT');
  const options = {
    reason: 'exec-failed',
    platform: 'native',
    operation: 'spawn',
    hint: 'Check the path',
    cause,
  } as const;
  const error = new PlatformError('SpawnFailed', 'Cannot run /x', options);
  expect(error).toBeInstanceOf(Error);
  expect(error).toMatchObject({ name: 'PlatformError', code: 'SpawnFailed', ...options });
  expect(error.toLine()).toBe('Cannot run /x. Check the path');
  expect(JSON.parse(JSON.stringify(error))).toEqual({
    code: 'SpawnFailed',
    reason: 'exec-failed',
    message: 'Cannot run /x',
    platform: 'native',
    operation: 'spawn',
    hint: 'Check the path',
  });
});

test('a line is one line, and without a hint there is no full stop', () => {
  expect(new PlatformError('StatusFailed', 'a\r\n  b\n', { reason: 'engine-error' }).toLine()).toBe('a b ');
  expect(configError('plain').toLine()).toBe('plain');
  expect(configError('plain')).toMatchObject({ code: 'Config', reason: 'invalid-setting' });
  expect(configError('plain')).not.toHaveProperty('cause');
});

test('isInstance knows errors of another copy of the package, and nothing else', () => {
  const copy = Object.assign(new Error('x'), { [Symbol.for('duende.PlatformError')]: true });
  expect(PlatformError.isInstance(copy)).toBe(true);
  for (const other of [new Error('x'), null, undefined, 'x', {}, { code: 'Config' }]) {
    expect(PlatformError.isInstance(other)).toBe(false);
  }
});
