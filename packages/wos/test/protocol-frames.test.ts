import { describe, expect, it } from 'vitest';
import { encodeFrame, FrameReader } from '../src/protocol/frames.ts';
import { longestFrame } from '../src/protocol/version.ts';
import { firstSeed, SeededRandom } from './support/seeded-random.ts';

function cut(bytes: Buffer, random: SeededRandom): Buffer[] {
  const blocks: Buffer[] = [];
  for (let from = 0; from < bytes.length; ) {
    const to = Math.min(bytes.length, from + 1 + random.below(40));
    blocks.push(bytes.subarray(from, to));
    from = to;
  }
  return blocks;
}

describe('frames', () => {
  it('are read as they were written, however they are cut', () => {
    const random = new SeededRandom(firstSeed);
    for (let round = 0; round < 200; round++) {
      const values = Array.from({ length: 1 + random.below(6) }, (_, index) => ({
        index,
        text: 'ä€😀\n\0'.repeat(random.below(30)),
      }));
      const reader = new FrameReader();
      const blocks = cut(Buffer.concat(values.map(encodeFrame)), random);
      expect(blocks.flatMap((block) => reader.push(block))).toEqual(values);
    }
  });

  it('that are too long are refused by their head alone', () => {
    const head = Buffer.alloc(4);
    head.writeUInt32BE(longestFrame + 1);
    expect(() => new FrameReader().push(head)).toThrow(`a frame of ${longestFrame + 1} bytes`);
    expect(() => encodeFrame('x'.repeat(longestFrame))).toThrow(RangeError);
  });

  it('that are no JSON are refused', () => {
    const frame = Buffer.concat([Buffer.from([0, 0, 0, 3]), Buffer.from('{{{')]);
    expect(() => new FrameReader().push(frame)).toThrow('a frame that is not JSON');
  });

  it('noise is refused, or waited for, and nothing else', () => {
    const random = new SeededRandom(firstSeed);
    for (let round = 0; round < 500; round++) {
      const noise = Buffer.from(Array.from({ length: 64 }, () => random.below(256)));
      try {
        expect(new FrameReader().push(noise), `seed ${firstSeed}`).toEqual([]);
      } catch (error) {
        expect((error as Error).message).toMatch(/^a frame /);
      }
    }
  });
});
