import type { Account } from './accounts.ts';
import type { Definition } from './definition.ts';

export interface EnvironmentParts {
  /** Of the domain: `inherited environment` in `launchctl print`. */
  readonly inherited: ReadonlyMap<string, string>;
  /** `default environment`. */
  readonly defaults: ReadonlyMap<string, string>;
  /** The job's own: `environment`. */
  readonly own: ReadonlyMap<string, string>;
  /** All that the program gets. */
  readonly all: ReadonlyMap<string, string>;
}

/**
 * What a job gets. Sources: `launchctl print` of macOS 11 to 26 (inherited SSH_AUTH_SOCK in a GUI domain, default PATH, XPC_SERVICE_NAME,
 * OSLogRateLimit from 13 on), and env(1) run as a LaunchAgent, which also shows SHELL, TMPDIR, USER, LOGNAME, HOME, XPC_FLAGS and
 * __CF_USER_TEXT_ENCODING. A daemon of the system domain has no HOME, unless it has a UserName (guessed).
 */
export function environmentOf(
  definition: Definition,
  place: { gui: boolean; system: boolean; account: Account | undefined; root: string; logRateLimit: boolean },
): EnvironmentParts {
  const inherited = new Map(
    place.gui ? [['SSH_AUTH_SOCK', `${place.root}/run/com.apple.launchd.sim/Listeners`]] : [],
  );
  const defaults = new Map([['PATH', '/usr/bin:/bin:/usr/sbin:/sbin']]);
  const own = new Map([
    ...(place.logRateLimit ? [['OSLogRateLimit', '64'] as const] : []),
    ...definition.environment,
  ]);
  own.set('XPC_SERVICE_NAME', definition.label);
  const { account } = place;
  const session = new Map<string, string>();
  if (account && (!place.system || definition.text('UserName') !== undefined)) {
    session
      .set('HOME', account.home)
      .set('USER', account.name)
      .set('LOGNAME', account.name)
      .set('SHELL', account.shell);
    session.set('TMPDIR', `${place.root}/tmp/`);
    session.set('__CF_USER_TEXT_ENCODING', `0x${account.uid.toString(16).toUpperCase()}:0x0:0x0`);
  }
  session.set('XPC_FLAGS', '0x0');
  return { inherited, defaults, own, all: new Map([...inherited, ...defaults, ...session, ...own]) };
}
