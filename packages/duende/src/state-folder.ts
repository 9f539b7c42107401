import { accessSync, constants, type Stats, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { PlatformError, stateDirectory } from '@duende/core/contract';

/** The folder under which Duende keeps what no platform keeps. */
export interface StateFolderReport {
  readonly ok: boolean;
  readonly path: string;
  readonly exists: boolean;
  readonly writable: boolean;
  /** Octal, when it exists: `0700`. */
  readonly mode?: string;
  readonly why?: string;
  readonly fix?: string;
}

/** Whether the state folder can be used. Makes nothing: it is made by the first spawn. */
export function inspectStateFolder(env: NodeJS.ProcessEnv): StateFolderReport {
  let path: string;
  try {
    path = stateDirectory(env);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const fix = (PlatformError.isInstance(error) && error.hint) || 'Set DUENDE_STATE_DIR to an absolute path';
    return { ok: false, path: env.DUENDE_STATE_DIR ?? '', exists: false, writable: false, why, fix };
  }
  const stats = look(path);
  if (typeof stats === 'string') {
    const why = `cannot look at ${path}: ${stats}`;
    return {
      ok: false,
      path,
      exists: false,
      writable: false,
      why,
      fix: 'Set DUENDE_STATE_DIR to another folder',
    };
  }
  if (!stats) return inspectParent(path);
  const writable = isWritable(path);
  const mode = (stats.mode & 0o777).toString(8).padStart(4, '0');
  const report = { path, exists: true, writable, mode };
  if (!stats.isDirectory()) {
    return {
      ...report,
      ok: false,
      why: `${path} is not a folder`,
      fix: 'Remove it, or set DUENDE_STATE_DIR',
    };
  }
  if (!writable) {
    return {
      ...report,
      ok: false,
      why: `${path} is not writable`,
      fix: 'Set DUENDE_STATE_DIR, or make it yours',
    };
  }
  if (process.platform === 'win32' || (stats.mode & 0o077) === 0) return { ...report, ok: true };
  const fix = `chmod 700 ${path}`;
  // Who can write to it can make Duende run and signal what they like; who can only read it sees environments.
  if ((stats.mode & 0o022) !== 0) return { ...report, ok: false, why: 'other users can write to it', fix };
  return { ...report, ok: true, why: 'other users can look into it', fix };
}

function inspectParent(path: string): StateFolderReport {
  let parent = dirname(path);
  while (look(parent) === undefined && dirname(parent) !== parent) parent = dirname(parent);
  const writable = isWritable(parent);
  const report = { ok: writable, path, exists: false, writable };
  if (writable) return report;
  return {
    ...report,
    why: `it cannot be made in ${parent}`,
    fix: 'Set DUENDE_STATE_DIR to a folder of yours',
  };
}

function look(path: string): Stats | string | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error);
  }
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
