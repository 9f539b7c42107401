import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Availability } from '@duende/core/contract';
import { whyNoLaunchd } from './capabilities.ts';
import type { ChosenDomain } from './domain.ts';
import { type Launchctl, said } from './launchctl.ts';
import { isProtected } from './sip.ts';

const no = (why: string, fix: string): Availability => ({ available: false, why, fix });

async function systemVersion(): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)('/usr/bin/sw_vers', ['-productVersion']);
    return stdout.trim();
  } catch {
    return undefined;
  }
}

/** Whether jobs can be run here and in which domain, and if not, why and what to do. */
export async function probeLaunchd(
  launchctl: Launchctl,
  chosen: ChosenDomain,
  domainTarget: string,
): Promise<Availability> {
  const why = whyNoLaunchd(launchctl.path);
  if (why !== undefined) return no(why, 'Use another platform: duende doctor lists them');
  const domain = await launchctl.run('print', domainTarget).catch(() => undefined);
  if (domain === undefined) return no(`${launchctl.path} cannot be executed`, 'Use native or container');
  if (domain.code !== 0) {
    const fix =
      chosen.domain === 'gui'
        ? 'Log in at the screen, or use domain user'
        : 'Use native, or domain system as root';
    return no(`launchd has no domain ${domainTarget} now: ${said(domain)}`, fix);
  }
  const version = await systemVersion();
  const warnings = [`Domain ${domainTarget}: ${chosen.why}`, ...hints(chosen)];
  return {
    available: true,
    engine: `launchd (${chosen.domain})${version === undefined ? '' : ` of macOS ${version}`}`,
    ...(version === undefined ? {} : { version }),
    warnings,
  };
}

/** What macOS itself may keep a daemon from, and where to allow it. */
function hints({ domain }: ChosenDomain): string[] {
  if (process.platform !== 'darwin') return [];
  const found: string[] = [];
  if (domain === 'gui')
    found.push('Jobs of gui end when the user logs out; domain system, as root, has those that must not');
  if (isProtected() === true) {
    found.push(
      'System Integrity Protection is on: duende trace cannot work (csrutil enable --without dtrace, in the recovery system)',
    );
  }
  found.push(
    'A daemon that reads Desktop, Documents, Downloads or other disks needs Full Disk Access for /usr/bin/perl, which starts it (System Settings, Privacy & Security)',
  );
  return found;
}
