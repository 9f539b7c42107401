import { resolve } from 'node:path';

export type Style = '11' | '13' | '15';

/** What the environment of `launchd-sim` says. */
export interface Settings {
  readonly root: string;
  readonly style: Style;
  readonly uid: number;
  readonly gui: boolean;
  /** Whether the caller of launchctl counts as root. */
  readonly privileged: boolean;
  /** The session that the caller is in: the domain of `list` and of the legacy subcommands. */
  readonly session: 'Aqua' | 'Background' | 'System';
  readonly second: number;
  readonly drainMs: number;
  readonly strict: boolean;
}

const flag = (value: string | undefined, otherwise: boolean): boolean =>
  value === undefined ? otherwise : value === '1';

function styleOf(text = '15'): Style {
  if (text === '11' || text === '13' || text === '15') return text;
  throw new Error(`LAUNCHD_SIM_STYLE: expected 11, 13 or 15, got ${text}`);
}

export function readSettings(environment: NodeJS.ProcessEnv): Settings {
  const root = environment.LAUNCHD_SIM_ROOT;
  if (!root) throw new Error('LAUNCHD_SIM_ROOT must name the folder that the simulator lives in');
  const uid = Number(environment.LAUNCHD_SIM_UID ?? process.getuid?.());
  const gui = flag(environment.LAUNCHD_SIM_GUI, true);
  const session = environment.LAUNCHD_SIM_SESSION ?? (gui ? 'Aqua' : 'Background');
  if (session !== 'Aqua' && session !== 'Background' && session !== 'System') {
    throw new Error(`LAUNCHD_SIM_SESSION: expected Aqua, Background or System, got ${session}`);
  }
  const second = Number(environment.LAUNCHD_SIM_SECOND ?? 1000);
  return {
    root: resolve(root),
    style: styleOf(environment.LAUNCHD_SIM_STYLE),
    uid,
    gui,
    privileged: flag(environment.LAUNCHD_SIM_PRIVILEGED, uid === 0),
    session,
    second,
    drainMs: Number(environment.LAUNCHD_SIM_DRAIN ?? second / 10),
    strict: flag(environment.LAUNCHD_SIM_STRICT, true),
  };
}
