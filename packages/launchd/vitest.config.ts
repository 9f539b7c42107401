import { defineProject } from 'vitest/config';

// The simulator is for Linux; on a Mac there is the real one.
const real = 'test/**/*.mac.test.ts';
const pure = ['test/parse-print.test.ts', 'test/render.test.ts'];

export default defineProject({
  test: {
    name: 'launchd',
    include: process.platform === 'darwin' ? [real, ...pure] : ['test/**/*.test.ts'],
    exclude: process.platform === 'darwin' ? [] : [real],
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
