import type { KeepAlive } from './definition.ts';
import { isCrash } from './signals.ts';

/** How a run ended, signals by macOS's numbers. */
export type Exit =
  | { readonly kind: 'never' }
  | { readonly kind: 'code'; readonly code: number; readonly spawnFailed?: boolean }
  | { readonly kind: 'signal'; readonly signal: number; readonly jetsam?: boolean };

export interface World {
  pathExists(path: string): boolean;
  jobLoaded(label: string): boolean;
}

/** The conditions that hold without a run having ended: PathState and OtherJobEnabled. */
export function standingCondition(keepAlive: KeepAlive, world: World): boolean {
  for (const [path, wanted] of keepAlive.pathState) if (world.pathExists(path) === wanted) return true;
  for (const [label, wanted] of keepAlive.otherJobEnabled) if (world.jobLoaded(label) === wanted) return true;
  return false;
}

/**
 * Pure: whether a job whose last run ended so is to be run again. Sources: launchd.plist(5), KeepAlive ("If multiple keys are provided,
 * launchd ORs them"); launchd-842 core.c job_keepalive(): a successful exit is exit code 0, and the inverse of a condition holds for
 * everything else, so that `SuccessfulExit` false restarts after a signal too and `Crashed` false after any exit that was no crash.
 */
export function shouldKeepAlive(keepAlive: KeepAlive | undefined, last: Exit, world: World): boolean {
  if (!keepAlive) return false;
  if (keepAlive.always) return true;
  if (last.kind !== 'never') {
    const good = last.kind === 'code' && last.code === 0;
    const crashed = last.kind === 'signal' && isCrash(last.signal);
    if (keepAlive.successfulExit !== undefined && keepAlive.successfulExit === good) return true;
    if (keepAlive.crashed !== undefined && keepAlive.crashed === crashed) return true;
  }
  return standingCondition(keepAlive, world);
}
