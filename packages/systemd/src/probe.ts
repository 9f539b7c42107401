import { existsSync } from 'node:fs';
import type { Availability } from '@duende/core/contract';
import type { Manager } from './bus/manager.ts';
import { explainSystem, explainUser } from './explain.ts';
import { findHelper } from './helper-program.ts';
import type { Scope } from './scope.ts';

/** The oldest systemd that has everything that is used: WATCHDOG=trigger is of v243 (sd_notify(3)). Run on v252. */
const oldest = 243;

const no = (why: string, fix: string): Availability => ({ available: false, why, fix });

/** Whether units can be run here, and if not, why and what to do. */
export async function probeSystemd(scope: Scope, manager: Manager): Promise<Availability> {
  if (process.platform !== 'linux')
    return no('systemd is for Linux only', 'Use another platform: duende doctor lists them');
  if (findHelper() === undefined) {
    return no(`there is no prebuilt duende-unit for ${process.arch}`, 'Use native or container');
  }
  if (!existsSync('/run/systemd/system')) {
    return no(
      'systemd is not the init of this machine (PID 1)',
      'Use native or container, or a machine that systemd has booted',
    );
  }
  let text: string;
  try {
    text = await manager.version();
  } catch (error) {
    return scope === 'user' ? explainUser(error) : explainSystem(error);
  }
  const version = Number.parseInt(text, 10);
  if (version < oldest) {
    return no(
      `systemd ${version} is too old, ${oldest} is needed`,
      'Upgrade the machine, or use native or container',
    );
  }
  const warnings = scope === 'user' ? await userWarnings() : [];
  return {
    available: true,
    engine: `systemd ${text} (${scope})`,
    version: String(version),
    ...(warnings.length > 0 ? { warnings } : {}),
  };
}

async function userWarnings(): Promise<string[]> {
  const { userInfo } = await import('node:os');
  const { username } = userInfo();
  const warnings: string[] = [];
  // logind keeps one file for each lingering user (loginctl(1), enable-linger).
  if (!existsSync(`/var/lib/systemd/linger/${username}`)) {
    warnings.push(`Units of ${username} end with the last session: run loginctl enable-linger to keep them`);
  }
  if (!existsSync('/var/log/journal')) {
    warnings.push(
      'The journal is not kept on disk, so a user cannot read logs: sudo mkdir /var/log/journal && sudo systemctl restart systemd-journald',
    );
  }
  return warnings;
}
