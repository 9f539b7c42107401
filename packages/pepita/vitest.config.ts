import { defineProject } from 'vitest/config';

/** What boots no VM. The rest: vitest.vms.config.ts. */
export default defineProject({
  test: {
    name: 'pepita',
    include: ['test/*.test.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
