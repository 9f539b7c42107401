import type { Scope } from '../src/index.ts';

/** scripts/systemd runs these tests once for each scope. */
export const testScope: Scope =
  process.env.DUENDE_SYSTEMD_SCOPE === 'system' || process.env.DUENDE_SYSTEMD_SCOPE === 'user'
    ? process.env.DUENDE_SYSTEMD_SCOPE
    : process.geteuid?.() === 0
      ? 'system'
      : 'user';
