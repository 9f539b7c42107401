import { defineProject } from 'vitest/config';

/** What `scripts/engines` starts the engines for. One file at a time (tests.mjs): several of them restart the engine they share. */
export default defineProject({
  test: {
    name: 'container-engines',
    include: ['test/engines/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
