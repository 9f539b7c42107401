import { expect, test } from 'vitest';
import { RewriteError } from '../src/rewrite/rewrite-error.ts';
import { rewriteModule } from '../src/rewrite/rewrite-module.ts';
import { randomModule } from './support/random-module.ts';
import { firstSeed, SeededRandom } from './support/seeded-random.ts';
import { assemble } from './support/wat.ts';

/** A module with something of it changed, removed, repeated or cut off. */
function mutate(bytes: Uint8Array, random: SeededRandom): Uint8Array {
  const at = 8 + random.below(bytes.length - 8);
  const count = 1 + random.below(8);
  switch (random.below(6)) {
    case 0:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + count)]);
    case 1:
      return Buffer.concat([bytes.subarray(0, at + count), bytes.subarray(at)]);
    case 2:
      return bytes.slice(0, at);
    case 3: {
      const from = 8 + random.below(bytes.length - 8);
      const changed = bytes.slice();
      changed.copyWithin(at, from, from + count);
      return changed;
    }
    default: {
      const changed = bytes.slice();
      changed[at] =
        random.below(3) > 0 ? random.below(256) : (changed[at] as number) ^ (1 << random.below(8));
      return changed;
    }
  }
}

test('damaged modules are refused as the engine refuses them, or rewritten to valid ones, in time', () => {
  let tried = 0;
  let rewritten = 0;
  let refused = 0;
  let slowest = 0;
  let seed = firstSeed;
  for (const end = Date.now() + 5000; Date.now() < end; seed++) {
    const random = new SeededRandom(seed);
    const original = assemble(randomModule(seed));
    for (let round = 0; round < 300; round++) {
      const bytes = mutate(original, random);
      const where = `WOS_FUZZ_SEED=${seed}, round ${round}`;
      const start = performance.now();
      tried++;
      try {
        const result = rewriteModule(bytes);
        rewritten++;
        expect(WebAssembly.validate(bytes), where).toBe(true);
        expect(WebAssembly.validate(result.bytes), where).toBe(true);
      } catch (error) {
        if (!(error instanceof RewriteError))
          throw new Error(`Not a RewriteError, ${where}`, { cause: error });
        refused++;
        // What is valid is refused only for what we say of it, never as damaged.
        if (error.code === 'invalid') expect(WebAssembly.validate(bytes), where).toBe(false);
      }
      slowest = Math.max(slowest, performance.now() - start);
    }
  }
  expect(tried).toBeGreaterThan(1000);
  expect(rewritten).toBeGreaterThan(tried / 50);
  expect(refused).toBeGreaterThan(tried / 4);
  expect(slowest).toBeLessThan(1000);
});
