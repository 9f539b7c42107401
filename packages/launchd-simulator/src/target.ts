import { LaunchError } from './errors.ts';

export type DomainKind = 'system' | 'gui' | 'user';

export interface Target {
  readonly kind: DomainKind;
  /** 0 for system. */
  readonly uid: number;
  /** `gui/501`. */
  readonly domain: string;
  readonly label: string | undefined;
}

/** launchctl's "usage" (sysexits EX_USAGE) in place of a code of launchd's. */
export const usageCode = 64;

/**
 * launchctl(1), "Specifiers": `system/[label]`, `user/<uid>/[label]`, `gui/<uid>/[label]`. `login`, `session` and `pid` are real too, but
 * no domain of these kinds is simulated: they are unknown domains. What is no specifier at all ends with code 64.
 */
export function parseTarget(text: string): Target {
  const [kind, second, third] = text.split('/');
  if (kind === 'system') return { kind, uid: 0, domain: 'system', label: second || undefined };
  if (kind === undefined || second === undefined) throw new LaunchError(usageCode, `${text} is no target`);
  const uid = Number.parseInt(second, 10);
  if ((kind === 'gui' || kind === 'user') && Number.isInteger(uid) && uid >= 0) {
    return { kind, uid, domain: `${kind}/${uid}`, label: third || undefined };
  }
  if (['login', 'session', 'pid'].includes(kind)) throw new LaunchError(112, `${text} is not simulated`);
  throw new LaunchError(usageCode, `${text} is no target`);
}

/** As launchctl's messages name a domain. Sources: facts/launchd.md (gui); ProcursusTeam/launchctl print_domain_str (system, uid). */
export function domainTitle({ kind, uid }: { kind: DomainKind; uid: number }): string {
  if (kind === 'system') return 'system';
  return kind === 'gui' ? `user gui: ${uid}` : `uid: ${uid}`;
}
