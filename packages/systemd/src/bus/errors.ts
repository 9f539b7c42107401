import { PlatformError } from '@duende/core/contract';
import type { Scope } from '../scope.ts';

/** The D-Bus name of an error (`org.freedesktop.systemd1.NoSuchUnit`), empty when it is none. */
export function busErrorName(error: unknown): string {
  const { dbusName } = (error ?? {}) as { dbusName?: unknown };
  return typeof dbusName === 'string' ? dbusName : '';
}

/** Its last part: `NoSuchUnit`, `AccessDenied`. */
export const busErrorKind = (error: unknown): string => busErrorName(error).split('.').at(-1) ?? '';

/** Nobody knows whether a call that failed like this was carried out. */
export function isConnectionLost(error: unknown): boolean {
  const { code } = (error ?? {}) as { code?: unknown };
  const broken = code === 'ECONNCLOSED' || code === 'ECONNRESET' || code === 'EPIPE';
  // What a bus says for a manager that left it before it answered.
  return broken || busErrorName(error) === 'org.freedesktop.DBus.Error.NoReply';
}

/** No manager answers. */
export function unavailable(scope: Scope, cause?: unknown): PlatformError {
  const system = scope === 'system';
  return new PlatformError('NotSupported', `No systemd ${scope} manager answers here`, {
    reason: 'unavailable',
    platform: 'linux',
    hint: system
      ? 'systemd must be the init of this machine (PID 1); duende doctor says more'
      : 'Log in as this user, or run: sudo loginctl enable-linger "$USER"; duende doctor says more',
    cause,
  });
}
