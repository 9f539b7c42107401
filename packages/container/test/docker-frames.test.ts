import type { LogLine } from '@duende/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FrameReader, MessageJoiner, microseconds } from '../src/docker/frames.ts';

const frame = (stream: 1 | 2, data: Buffer | string): Buffer => {
  const bytes = Buffer.from(data as string);
  const head = Buffer.from([stream, 0, 0, 0, 0, 0, 0, 0]);
  head.writeUInt32BE(bytes.length, 4);
  return Buffer.concat([head, bytes]);
};

function read(chunks: readonly Buffer[]): LogLine[] {
  const frames = new FrameReader();
  const joiner = new MessageJoiner();
  const lines: LogLine[] = [];
  for (const chunk of chunks) {
    for (const one of frames.add(chunk)) {
      const line = joiner.add(one);
      if (line) lines.push(line);
    }
  }
  return [...lines, ...joiner.rest()];
}

/** The same bytes, cut at any places. */
const cut = (bytes: Buffer, places: readonly number[]): Buffer[] => {
  const at = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b);
  return [0, ...at].map((from, index) => bytes.subarray(from, at[index] ?? bytes.length));
};

const time = '2026-11-24T21:53:16.425212345Z';
const out = (text: string, stream: LogLine['stream'] = 'stdout'): LogLine => ({
  time: '2026-11-24T21:53:16.425212Z',
  stream,
  text,
});

const text = fc.string({ unit: 'binary' }).map((given) => given.replace(/[\r\n]/g, ''));
const message = fc.record({ stream: fc.constantFrom<1 | 2>(1, 2), text });

describe('frames', () => {
  test('cut anywhere, the lines are the same', () => {
    fc.assert(
      fc.property(fc.array(message), fc.array(fc.nat()), (messages, places) => {
        const bytes = Buffer.concat(messages.map(({ stream, text }) => frame(stream, `${time} ${text}\n`)));
        const expected = messages.map(({ stream, text }) => out(text, stream === 2 ? 'stderr' : 'stdout'));
        expect(read(cut(bytes, places))).toEqual(expected);
      }),
    );
  });

  test('any bytes come out as they went in', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array()), fc.array(fc.nat()), (payloads, places) => {
        const bytes = Buffer.concat(payloads.map((data) => frame(1, Buffer.from(data))));
        const reader = new FrameReader();
        const frames = cut(bytes, places).flatMap((chunk) => reader.add(chunk));
        expect(frames.map(({ data }) => Buffer.from(data))).toEqual(
          payloads.map((data) => Buffer.from(data)),
        );
      }),
    );
  });

  test('one that has not come to its end is not told', () => {
    expect(new FrameReader().add(frame(1, 'abc').subarray(0, -1))).toEqual([]);
  });
});

describe('messages', () => {
  test('one of more than 16 KiB is cut by the engine, and one line again; the time is that of its beginning', () => {
    const part = 'x'.repeat(16_384);
    const later = '2026-11-24T21:53:17.000000001Z';
    const chunks = [frame(1, `${time} ${part}`), frame(1, `${later} ${part}`), frame(1, `${later} end\n`)];
    expect(read(chunks)).toEqual([out(`${part}${part}end`)]);
  });

  test('a character that is cut in the middle is whole again', () => {
    const bytes = Buffer.from('ä€😀');
    for (let at = 0; at <= bytes.length; at += 1) {
      const first = Buffer.concat([Buffer.from(`${time} `), bytes.subarray(0, at)]);
      const second = Buffer.concat([Buffer.from(`${time} `), bytes.subarray(at), Buffer.from('\n')]);
      expect(read([frame(1, first), frame(1, second)])).toEqual([out('ä€😀')]);
    }
  });

  test('two streams do not mix', () => {
    const chunks = [
      frame(1, `${time} a`),
      frame(2, `${time} e`),
      frame(1, `${time} b\n`),
      frame(2, `${time} f\n`),
    ];
    expect(read(chunks)).toEqual([out('ab'), out('ef', 'stderr')]);
  });

  test.each([
    ['empty', '\n', ''],
    ['of one CR', '\r\n', ''],
    ['with a CR at the end', 'a\r\n', 'a'],
    ['with two', 'a\r\r\n', 'a\r'],
    ['with a CR inside', 'a\rb\n', 'a\rb'],
    ['with blanks at both ends', '  a \n', '  a '],
    ['with a NUL', 'a\0b\n', 'a\0b'],
    ['without an end, when the log ends', 'begun', 'begun'],
  ])('a line %s', (_, given, expected) => {
    expect(read([frame(1, `${time} ${given}`)])).toEqual([out(expected)]);
  });

  test('what is no UTF-8 is a line all the same', () => {
    const bytes = Buffer.concat([Buffer.from(`${time} a`), Buffer.from([0xff, 0xfe]), Buffer.from('b\n')]);
    expect(read([frame(1, bytes)])).toEqual([out('a\u{fffd}\u{fffd}b')]);
  });
});

describe('times', () => {
  test.each([...'0123456789'].map(Number))('with %d digits', (digits) => {
    const given = `2026-11-24T21:53:16${digits ? `.${'425212345'.slice(0, digits)}` : ''}Z`;
    expect(microseconds(given)).toBe(`2026-11-24T21:53:16.${'425212'.slice(0, digits).padEnd(6, '0')}Z`);
  });

  test('of another zone: in UTC', () => {
    expect(microseconds('2026-11-25T01:53:16+01:00')).toBe('2026-11-25T00:53:16.000000Z');
    expect(microseconds('2026-11-24T21:53:16.425-02:30')).toBe('2026-11-25T00:23:16.425000Z');
  });
});
