import { describe, expect, test } from 'vitest';
import { runConformance } from '../src/runner.ts';
import { ReferenceAdapter } from './reference/adapter.ts';
import { faults } from './reference/broken.ts';
import { createReferenceHarness } from './reference/harness.ts';

/** Has nothing to do with any of the faults: an adapter that fails this, too, is not judged but broken. */
const control = 'wait.can-be-given-up';

describe.concurrent('a broken adapter is rejected by the clause that its fault breaks', () => {
  for (const { title, clause, Adapter = ReferenceAdapter, createWorld, onClientGone } of faults) {
    test(`${clause} rejects an adapter that ${title}`, { timeout: 90_000 }, async () => {
      // A world for each: what a fault does to the daemons of one clause must not reach those of the other.
      const judge = async (id: string) => {
        const harness = await createReferenceHarness({
          name: title,
          ...(createWorld && { createWorld }),
          ...(onClientGone && { onClientGone }),
          createAdapter: (world, capabilities) => new Adapter(world, capabilities),
        });
        const { results } = await runConformance(harness, { only: [id] });
        return results.map(({ outcome }) => outcome);
      };
      expect({ [clause]: await judge(clause), [control]: await judge(control) }).toEqual({
        [clause]: ['fail'],
        [control]: ['pass'],
      });
    });
  }
});
