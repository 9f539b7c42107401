import { afterAll, describe, test } from 'vitest';
import { judgeAvailability } from './availability.ts';
import { type Clause, runsAlone } from './clause.ts';
import type { AdapterHarness } from './harness.ts';
import { selectClauses } from './runner.ts';
import { Session } from './session.ts';

export interface DescribeOptions {
  /** Only clauses with these ids, or of these groups (`spawn`), or points of the contract (`7`). */
  readonly only?: readonly string[];
  /** What becomes of clauses that the capabilities rule out: skipped tests with the reason (the default), or none. */
  readonly ruledOut?: 'skip' | 'omit';
}

/** Milliseconds for making the client and for removing what a clause made, besides the clause's own time. */
const margin = 30_000;

/**
 * One vitest test for each clause of the contract that says something of this adapter: await it at the top of a test file.
 * A clause that the adapter's capabilities rule out is a skipped test with the reason. Where the platform is not available
 * every test is skipped with why, and fails when `DUENDE_REQUIRE` names the platform.
 */
export async function describeConformance(
  harness: AdapterHarness,
  { only, ruledOut = 'skip' }: DescribeOptions = {},
): Promise<void> {
  const verdict = await judgeAvailability(harness);
  let selected = selectClauses(only);
  if (verdict.run) {
    const can = verdict.adapter.capabilities;
    await verdict.adapter.close?.();
    const omitted = (clause: Clause): boolean => ruledOut === 'omit' && clause.needs(can) !== undefined;
    selected = selected.filter((clause) => clause.applies(can) && !omitted(clause));
  }
  describe(`conformance of ${harness.name}`, () => {
    const session = new Session(harness);
    afterAll(async () => {
      await session.close();
    }, margin);

    const define = (clause: Clause): void => {
      test(`${clause.id}: ${clause.title} (contract ${clause.contract})`, {
        timeout: clause.timeout + margin,
      }, async ({ skip }) => {
        if (!verdict.run) {
          if (verdict.required) throw new Error(verdict.why);
          skip(verdict.why);
        }
        const result = await session.run(clause);
        if (result.outcome === 'skip') skip(result.reason ?? '');
        if (result.outcome === 'fail') throw result.error;
      });
    };
    const together = selected.filter((clause) => !runsAlone(clause, harness));
    const alone = selected.filter((clause) => runsAlone(clause, harness));
    // A suite without a test is an error to vitest.
    if (together.length > 0) describe.concurrent('together', () => together.forEach(define));
    if (alone.length > 0) describe('alone', () => alone.forEach(define));
  });
}
