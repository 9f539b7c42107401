import { statSync } from 'node:fs';
import { join } from 'node:path';
import { isImpossiblePath } from '@duende/program';
import { failed, wrong } from './errors.ts';
import type { Asked, Preopen } from './grants.ts';
import { reasonOf } from './program-file.ts';

const operation = { code: 'SpawnFailed', name: 'spawn' } as const;

/** Where the path of a process is on this machine: in the longest of its directories. */
function onMachine(path: string, preopens: readonly Preopen[]): string | undefined {
  const within = preopens
    .filter(({ guest }) => path === guest || path.startsWith(guest.replace(/\/*$/, '/')))
    .sort((one, other) => other.guest.length - one.guest.length)[0];
  return within && join(within.host, path.slice(within.guest.length));
}

/** Why a path is no directory; `undefined` when it is one. @throws PlatformError Config for what no path can be */
function whyNot(path: string, field: string, shown: string): string | undefined {
  try {
    return statSync(path).isDirectory() ? undefined : 'not a directory';
  } catch (error) {
    const why = reasonOf(error);
    if (isImpossiblePath((error as NodeJS.ErrnoException).code ?? '')) throw wrong(field, `${shown}: ${why}`);
    return why;
  }
}

/**
 * Says early and by the field of the spec what the kernel would refuse: that opens directories for good.
 * @throws PlatformError SpawnFailed / exec-failed
 */
export function checkPreopens(preopens: readonly Asked<Preopen>[]): void {
  for (const { field, value } of preopens) {
    const shown = value.host.slice(0, 120);
    const why = whyNot(value.host, field, shown);
    if (why === undefined) continue;
    const hint = 'It must be a folder of the machine on which the kernel runs';
    throw failed(operation, `${field}: cannot open ${shown}: ${why}`, 'exec-failed', { field, hint });
  }
}

/**
 * Likewise for the working folder. The kernel keeps it within the directory.
 * @throws PlatformError Config: it was not granted, or can be no path; SpawnFailed: it is no folder
 */
export function checkWorkingFolder(cwd: string | undefined, preopens: readonly Preopen[]): void {
  if (cwd === undefined) return;
  const path = onMachine(cwd, preopens);
  const shown = cwd.slice(0, 120);
  if (path === undefined) {
    throw wrong(
      'cwd',
      `${shown} is in none of the directories that the daemon may use`,
      `Grant it: platform.wos.capabilities: ["fs:read=${shown}"]`,
    );
  }
  const why = whyNot(path, 'cwd', shown);
  if (why === undefined) return;
  const hint = 'It must be a folder that the daemon may enter';
  throw failed(operation, `cwd: cannot enter ${shown}: ${why}`, 'exec-failed', { field: 'cwd', hint });
}
