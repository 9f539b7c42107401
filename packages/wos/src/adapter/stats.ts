import { type DaemonHandle, type DaemonStats, statsFields } from '@duende/core/contract';
import { askAbout } from './daemon.ts';
import type { Session } from './session.ts';

const operation = { code: 'StatusFailed', name: 'stats' } as const;

/** @throws PlatformError StatusFailed / not-running, not-found */
export async function readStats(session: Session, handle: DaemonHandle): Promise<DaemonStats> {
  const stats = await askAbout(session, 'daemon.stats', handle, operation, {});
  return { ...stats, measured: statsFields.filter((field) => field in stats) };
}
