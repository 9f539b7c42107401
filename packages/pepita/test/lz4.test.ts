import { describe, expect, test } from 'vitest';
import { decodeLz4Legacy, isLz4Legacy } from '../src/kernel/lz4.ts';

const magic = Buffer.from('02214c18', 'hex');

/** A frame of blocks that are already encoded. */
function frame(...blocks: readonly Buffer[]): Buffer {
  const sized = blocks.flatMap((block) => {
    const size = Buffer.alloc(4);
    size.writeUInt32LE(block.length);
    return [size, block];
  });
  return Buffer.concat([magic, ...sized]);
}

const bytes = (...values: (number | string)[]): Buffer =>
  Buffer.concat(
    values.map((value) => (typeof value === 'number' ? Buffer.from([value]) : Buffer.from(value))),
  );

describe('an LZ4 legacy frame', () => {
  test('of literals', () => {
    expect(decodeLz4Legacy(frame(bytes(0x50, 'hello'))).toString()).toBe('hello');
  });

  test('of many literals, whose number takes several bytes', () => {
    const text = 'x'.repeat(15 + 255 + 7);
    expect(decodeLz4Legacy(frame(bytes(0xf0, 255, 7, text))).toString()).toBe(text);
  });

  test('with a match further back than it is long', () => {
    const block = bytes(0x60, 'abcdef', 6, 0, 0x10, '!');
    expect(decodeLz4Legacy(frame(block)).toString()).toBe('abcdefabcd!');
  });

  test('with a match that overlaps itself', () => {
    const block = bytes(0x1f, 'a', 1, 0, 1, 0x10, '!');
    expect(decodeLz4Legacy(frame(block)).toString()).toBe(`${'a'.repeat(21)}!`);
  });

  test('of several blocks', () => {
    expect(decodeLz4Legacy(frame(bytes(0x20, 'ab'), bytes(0x20, 'cd'))).toString()).toBe('abcd');
  });

  test.each<[string, Buffer]>([
    ['another magic', Buffer.from('04224d18', 'hex')],
    ['a block that is cut off', frame(bytes(0x50, 'hello')).subarray(0, -1)],
    ['literals that are cut off', frame(bytes(0x50, 'hel'))],
    ['a length without an end', frame(bytes(0xf0, 255))],
    ['a match before the begin', frame(bytes(0x10, 'a', 2, 0, 0x10, '!'))],
    ['a match at distance 0', frame(bytes(0x10, 'a', 0, 0, 0x10, '!'))],
  ])('refuses %s', (_, data) => {
    expect(() => decodeLz4Legacy(data)).toThrow();
  });

  test('is recognised', () => {
    expect(isLz4Legacy(magic)).toBe(true);
    expect(isLz4Legacy(Buffer.alloc(3))).toBe(false);
  });
});
