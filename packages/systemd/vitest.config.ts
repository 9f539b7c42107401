import { defineProject } from 'vitest/config';

// These play the manager themselves, which takes root where a journal runs.
const played = process.env.DUENDE_SYSTEMD_SCOPE === 'user' ? ['test/unit-program*.test.ts'] : [];

export default defineProject({
  test: {
    name: 'systemd',
    include: ['test/**/*.test.ts'],
    exclude: played,
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
