import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createSocketNotifier } from '../src/index.ts';
import { socketAddress } from '../src/socket-address.ts';

test.each([
  ['', 'expected an absolute path or @NAME, got ""'],
  ['@', 'expected an absolute path'],
  ['/', 'expected an absolute path'],
  ['run/notify', 'expected an absolute path'],
  ['vsock:2:1234', 'expected an absolute path'],
  ['/run/a\0b', 'expected an absolute path'],
  [`/${'x'.repeat(107)}`, 'expected at most 107 bytes, got 108'],
  [`@${'x'.repeat(108)}`, 'expected at most 108 bytes, got 109'],
])('%j is refused', (address, why) => {
  expect(() => createSocketNotifier(address)).toThrow(
    expect.objectContaining({ name: 'NotifyError', message: expect.stringContaining(why) }),
  );
});

test('the longest addresses', () => {
  expect(socketAddress(`/${'x'.repeat(106)}`)).toHaveLength(2 + 108);
  expect(socketAddress(`@${'x'.repeat(107)}`)).toHaveLength(2 + 108);
});

test('any name: the family, then its bytes; a path ends with NUL and an abstract name begins with it', () => {
  const names = fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
    .filter((name) => !name.includes('\0'));
  fc.assert(
    fc.property(names, fc.boolean(), (name, isAbstract) => {
      fc.pre(Buffer.byteLength(name) < 100);
      const address = socketAddress(`${isAbstract ? '@' : '/'}${name}`);
      expect(address.readUInt16LE(0)).toBe(1);
      expect(address.subarray(2).toString()).toBe(isAbstract ? `\0${name}` : `/${name}\0`);
    }),
  );
});
