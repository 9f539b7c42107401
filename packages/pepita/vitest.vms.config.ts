import { defineProject } from 'vitest/config';

/** Real VMs, under TCG where KVM does not work. The kernel is fetched by the first run (apt). */
export default defineProject({
  test: {
    name: 'pepita-vms',
    include: ['test/vm/*.test.ts'],
    testTimeout: 120_000,
    hookTimeout: 300_000,
    fileParallelism: false,
  },
});
