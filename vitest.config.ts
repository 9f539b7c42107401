import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: [
      'packages/*',
      'apps/*',
      'packages/container/vitest.engines.config.ts',
      'packages/pepita/vitest.vms.config.ts',
    ],
  },
});
