import { expect, test } from 'vitest';
import { mostSteps, randomEndlessModule } from './support/random-module.ts';
import { globalOf, openRewritten } from './support/run-rewritten.ts';
import { firstSeed } from './support/seeded-random.ts';
import { assemble } from './support/wat.ts';

const fuel = 1000;
const wanted = 100;

/** Steps between two interruptions: some per unit, in functions that are too small to be charged, and 256 of each open activation. */
const mostBetween = 300_000;

test('random modules without end are interrupted again and again', async () => {
  let endless = 0;
  let seed = firstSeed;
  for (const end = Date.now() + 5000; Date.now() < end; seed++) {
    let last = mostSteps;
    let most = 0;
    const run = await openRewritten(assemble(randomEndlessModule(seed)), {
      fuel,
      imports: { env: { host: (value: number) => value } },
      onPreempt: (instance, preemptions) => {
        const { value } = globalOf(instance, 'steps');
        most = Math.max(most, last - value);
        last = value;
        if (preemptions > wanted) {
          if ('wos_ended' in instance.exports) globalOf(instance, 'wos_ended').value = 1;
          throw new Error('killed');
        }
      },
    });
    // Some do end: by a trap, for lack of stack, or because nothing repeats.
    await run.call('go', 7).catch(() => undefined);
    if (run.preemptions() > wanted) endless++;
    expect(run.preemptions(), `WOS_FUZZ_SEED=${seed}`).toBeLessThanOrEqual(wanted + 1);
    most = Math.max(most, last - globalOf(run.instance, 'steps').value);
    expect(most, `WOS_FUZZ_SEED=${seed}: steps without an interruption`).toBeLessThan(mostBetween);
  }
  expect(endless).toBeGreaterThan((seed - firstSeed) / 20);
});
