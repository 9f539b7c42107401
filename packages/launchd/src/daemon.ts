import {
  type DaemonHandle,
  PlatformError,
  type PlatformErrorCode,
  type PlatformErrorReason,
  parseHandle,
} from '@duende/core/contract';
import type { StatePage } from '@duende/program';
import type { Domain } from './domain.ts';
import { labelOf } from './label.ts';
import type { Launchctl } from './launchctl.ts';
import type { StateFolder } from './state-folder.ts';

/** What every operation works with. */
export interface Context {
  readonly domain: Domain;
  /** `gui/501`. */
  readonly domainTarget: string;
  readonly launchctl: Launchctl;
  readonly state: StateFolder;
  /** Where the plists of installed daemons are. */
  readonly plistDirectory: string;
}

export interface Operation {
  readonly code: PlatformErrorCode;
  readonly name: string;
}

export function failure(
  operation: Operation,
  message: string,
  reason: PlatformErrorReason,
  hint?: string,
  cause?: unknown,
): PlatformError {
  const { code, name } = operation;
  return new PlatformError(code, message, { reason, platform: 'macos', operation: name, hint, cause });
}

/**
 * The page of the daemon that a handle means.
 * @throws PlatformError Config for no handle of ours, not-found when it was removed or replaced, engine-error when damaged.
 */
export function requirePage(
  { state, domain }: Context,
  handle: DaemonHandle,
  operation: Operation,
): StatePage {
  // It may come from anywhere: a name out of it becomes a path here.
  parseHandle(handle);
  const { data, name } = handle;
  const theirs = data.kind === 'launchd' ? (data.domain ?? domain) : undefined;
  if (theirs !== domain) {
    const where = theirs === undefined ? 'another platform' : `the ${theirs} domain`;
    const hint = theirs === undefined ? undefined : `Use domain ${theirs} (duende --domain ${theirs})`;
    const message = `${name} belongs to ${where}, not to the ${domain} domain`;
    throw failure({ ...operation, code: 'Config' }, message, 'invalid-setting', hint);
  }
  const page = state.page(name);
  if (typeof page === 'object' && page.id === handle.id) return page;
  if (page === 'damaged') {
    const hint = `Remove it with: duende rm ${name}`;
    throw failure(operation, `The state of ${name} is damaged: ${state.folder(name)}`, 'engine-error', hint);
  }
  const why = typeof page === 'object' ? 'a later one has its name' : 'it was removed';
  const hint = 'duende ps lists the daemons that there are';
  throw failure(operation, `No daemon ${name} with this handle: ${why}`, 'not-found', hint);
}

export function handleOf({ id, name }: Pick<StatePage, 'id' | 'name'>, domain: Domain): DaemonHandle {
  const data = { kind: 'launchd', label: labelOf(name), domain } as const;
  return { version: 1, name, platform: 'macos', id, data };
}
