import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: [
      'packages/*',
      'apps/*',
      'packages/container/vitest.engines.config.ts',
      'packages/pepita/vitest.vms.config.ts',
    ],
    // Tests start real processes and measure their effects: two files at a time are enough for two cores.
    maxWorkers: 2,
  },
});
