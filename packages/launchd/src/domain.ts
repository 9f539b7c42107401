import { execFileSync } from 'node:child_process';

/** `gui`: the login session of a user; `user`: the user without any session, such as over SSH; `system`: daemons of root. */
export type Domain = 'gui' | 'user' | 'system';

export const domains: readonly Domain[] = ['gui', 'user', 'system'];

/** `gui/501`, `user/501`, `system`: launchctl(1), "domain target". */
export function domainTarget(domain: Domain, uid: number = process.geteuid?.() ?? 0): string {
  return domain === 'system' ? 'system' : `${domain}/${uid}`;
}

export interface ChosenDomain {
  readonly domain: Domain;
  /** One sentence. */
  readonly why: string;
}

/** Whether launchd has a domain now. No GUI login, for example over SSH: 112 or 125. */
function hasDomain(launchctl: string, target: string): boolean {
  try {
    execFileSync(launchctl, ['print', target], { stdio: 'ignore', env: { PATH: '/usr/bin:/bin' } });
    return true;
  } catch {
    return false;
  }
}

/** The domain of daemons when none is named. */
export function chooseDomain(launchctl: string, uid: number = process.geteuid?.() ?? 0): ChosenDomain {
  if (uid === 0) return { domain: 'system', why: 'duende runs as root' };
  if (hasDomain(launchctl, `gui/${uid}`)) return { domain: 'gui', why: `user ${uid} is logged in` };
  return { domain: 'user', why: `user ${uid} has no login session (gui/${uid})` };
}
