import { defineProject } from 'vitest/config';

/** What needs no engine. The rest: vitest.engines.config.ts. */
export default defineProject({
  test: {
    name: 'container',
    include: ['test/*.test.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
