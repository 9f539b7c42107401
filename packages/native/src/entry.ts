import { readdirSync } from 'node:fs';
import {
  type DaemonHandle,
  type DaemonStatus,
  isTerminal,
  PlatformError,
  type PlatformErrorCode,
  parseHandle,
} from '@duende/core/contract';
import { isSupervised, readStatePage, type StatePage, statusOf } from '@duende/program';
import type { NativePaths } from './paths.ts';

/** The page of the daemon that a handle means. @throws PlatformError not-found when it was removed or replaced, engine-error when damaged. */
export function requirePage(
  paths: NativePaths,
  handle: DaemonHandle,
  code: PlatformErrorCode,
  operation: string,
): StatePage {
  // It may come from anywhere: a name out of it becomes a path here.
  parseHandle(handle);
  const page = readStatePage(paths.state(handle.name));
  if (page !== 'missing' && page !== 'damaged' && page.id === handle.id) return page;
  if (page === 'damaged') {
    throw new PlatformError(code, `The state of ${handle.name} is damaged: ${paths.state(handle.name)}`, {
      reason: 'engine-error',
      platform: 'native',
      operation,
      hint: `Remove it with: duende rm ${handle.name}`,
    });
  }
  const why = page === 'missing' ? 'it was removed' : 'a later one has its name';
  throw new PlatformError(code, `No daemon ${handle.name} with this handle: ${why}`, {
    reason: 'not-found',
    platform: 'native',
    operation,
    hint: 'duende ps lists the daemons that there are',
  });
}

/**
 * The status now. A page that says "running" without anybody to supervise it may just be one that was read before its last
 * change: it is read again before the daemon counts as lost.
 * @throws PlatformError as requirePage does
 */
export function currentStatus(
  paths: NativePaths,
  handle: DaemonHandle,
  code: PlatformErrorCode,
  operation: string,
): DaemonStatus {
  const page = requirePage(paths, handle, code, operation);
  const ended = page.state === 'stopped' || page.state === 'failed';
  if (ended || isSupervised(page)) return statusOf(page, true);
  const again = requirePage(paths, handle, code, operation);
  return statusOf(again, isSupervised(again));
}

/** Whether something still looks after the daemon of this handle, and it has not ended. */
export function isKept(paths: NativePaths, handle: DaemonHandle): boolean {
  const page = readStatePage(paths.state(handle.name));
  if (page === 'missing' || page === 'damaged' || page.id !== handle.id) return false;
  return page.state !== 'stopped' && page.state !== 'failed' && isSupervised(page);
}

/** The same for callers to whom a daemon that is gone has simply ended. */
export function hasEnded(paths: NativePaths, handle: DaemonHandle): boolean {
  try {
    return isTerminal(currentStatus(paths, handle, 'StatusFailed', 'status'));
  } catch {
    return true;
  }
}

export function handleOf(page: StatePage): DaemonHandle {
  const data = { kind: 'native', pid: page.firstPid } as const;
  return { version: 1, name: page.name, platform: 'native', id: page.id, data };
}

export interface Entries {
  readonly handles: DaemonHandle[];
  /** Names whose state cannot be read. */
  readonly damaged: string[];
  /** Whether something unfinished lies about that a sweep would clear. */
  readonly unswept: boolean;
}

/** Every daemon of a state folder. A damaged one does not hide the others. */
export function readEntries(paths: NativePaths): Entries {
  const handles: DaemonHandle[] = [];
  const damaged: string[] = [];
  let unswept = false;
  let names: string[];
  try {
    names = readdirSync(paths.base);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { handles, damaged, unswept };
    throw error;
  }
  for (const name of names.sort()) {
    if (name.startsWith('.')) {
      unswept ||= name !== '.lock';
      continue;
    }
    const page = readStatePage(paths.state(name));
    // A folder that vanished meanwhile is no damage; one without its state file is.
    if (page === 'missing' && !stillThere(paths, name)) continue;
    if (page === 'missing' || page === 'damaged' || page.name !== name) damaged.push(name);
    else handles.push(handleOf(page));
  }
  return { handles, damaged, unswept };
}

function stillThere(paths: NativePaths, name: string): boolean {
  try {
    readdirSync(paths.daemon(name));
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOTDIR';
  }
}
