import { clauses } from '@duende/conformance';
import { expect, test } from 'vitest';
import { launchdCapabilities } from '../src/capabilities.ts';

/** What launchd cannot keep, and docs/launchd.md says so: everything else of the contract is kept. */
const ruledOut = [
  // It has its own delays, and no limit.
  'logs.follow-over-restart',
  'restart.backoff-grows',
  'restart.backoff-has-a-maximum',
  'restart.count',
  'restart.good-run-resets-backoff',
  'restart.limit',
  'restart.limit-zero-is-none',
  'restart.same-daemon-each-time',
  'restart.wait-outlasts-restarts',
  'restart.without-duende-process',
  // Process 1 cannot be killed.
  'recovery.',
  // macOS has no such limits.
  'status.oom',
  'resources.cpu-quota',
  'resources.memory-below-limit',
  'resources.pids-max',
  'stats.memory-limit',
  // Root and System Integrity Protection.
  'trace.',
];

test('no clause is ruled out but those that launchd really cannot keep', () => {
  const can = launchdCapabilities('/simulated/launchctl');
  const found = clauses
    .filter((clause) => clause.applies(can) && clause.needs(can) !== undefined)
    .map(({ id }) => id);
  const isExpected = (id: string) =>
    ruledOut.some((entry) => (entry.endsWith('.') ? id.startsWith(entry) : id === entry));
  expect(found.filter((id) => !isExpected(id))).toEqual([]);
  for (const entry of ruledOut)
    expect(
      found.some((id) => id.startsWith(entry)),
      entry,
    ).toBe(true);
});
