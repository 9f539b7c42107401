import { defineProject } from 'vitest/config';

const asUser = process.env.DUENDE_SYSTEMD_SCOPE === 'user';
// Those play the manager themselves, which takes root where a journal runs; this one hides a socket of the user's.
const left = asUser ? ['test/unit-program*.test.ts'] : ['test/bus.test.ts'];

export default defineProject({
  test: {
    name: 'systemd',
    include: ['test/**/*.test.ts'],
    exclude: left,
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
