import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { encodeHello, findHelloAnswer } from '../src/agent/hello-frame.ts';

const nonce = Buffer.from('000102030405060708090a0b0c0d0e0f', 'hex');

function answer(text: string): Buffer {
  const payload = Buffer.alloc(96 + text.length);
  nonce.copy(payload);
  payload.writeUInt32LE(1, 16);
  payload.write('boot-id', 56);
  payload.write(text, 96);
  const head = Buffer.alloc(12);
  head.writeUInt32LE(payload.length);
  head.writeUInt16LE(65, 4);
  return Buffer.concat([head, payload]);
}

describe('the first frames of a session', () => {
  test('HELLO begins with the pattern of protocol.h', () => {
    const source = readFileSync(new URL('../agent/channel.c', import.meta.url), 'utf8');
    const [, bytes = ''] = /hello_pattern\[PATTERN_SIZE\] = \{([^}]*)\}/.exec(source) ?? [];
    const pattern = Buffer.from(bytes.split(',').map((byte) => Number(byte.trim())));
    const hello = encodeHello({ nonce, clock: 123n, random: Buffer.alloc(32, 7) });
    expect(hello).toHaveLength(12 + 104);
    expect(hello.subarray(12, 28)).toEqual(pattern);
    expect(hello.subarray(32, 48)).toEqual(nonce);
    expect(hello.readBigUInt64LE(52)).toBe(123n);
    expect(hello.subarray(60, 92)).toEqual(Buffer.alloc(32, 7));
  });

  test('the answer is found among the rests of earlier sessions, once it is whole', () => {
    const text = 'kernel=6.1\nroot=/dev/vda\n';
    const data = Buffer.concat([nonce, Buffer.from('rest'), answer(text)]);
    for (let end = 0; end < data.length; end += 1) {
      expect(findHelloAnswer(data.subarray(0, end), nonce)).toBeUndefined();
    }
    expect(findHelloAnswer(Buffer.concat([data, Buffer.from('more')]), nonce)).toEqual({
      end: data.length,
      version: 1,
      bootId: 'boot-id',
      facts: { kernel: '6.1', root: '/dev/vda' },
    });
    expect(findHelloAnswer(data, Buffer.alloc(16, 9))).toBeUndefined();
  });
});
