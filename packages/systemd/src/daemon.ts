import { readFileSync } from 'node:fs';
import {
  type DaemonHandle,
  PlatformError,
  type PlatformErrorCode,
  type PlatformErrorReason,
  parseHandle,
} from '@duende/core/contract';
import type { Manager, UnitState } from './bus/manager.ts';
import type { Scope } from './scope.ts';
import type { StateFolder } from './state-folder.ts';
import { unitNameOf } from './unit-name.ts';
import type { UnitPage } from './unit-page.ts';

/** What every operation works with. */
export interface Context {
  readonly scope: Scope;
  readonly state: StateFolder;
  readonly manager: Manager;
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
  return new PlatformError(code, message, { reason, platform: 'linux', operation: name, hint, cause });
}

/**
 * The page of the daemon that a handle means.
 * @throws PlatformError Config for no handle of ours, not-found when it was removed or replaced, engine-error when damaged.
 */
export function requirePage({ state, scope }: Context, handle: DaemonHandle, operation: Operation): UnitPage {
  // It may come from anywhere: a name out of it becomes a path here.
  parseHandle(handle);
  const { data, name } = handle;
  const theirs = data.kind === 'systemd' ? (data.scope ?? scope) : undefined;
  if (theirs !== scope) {
    throw failure(
      { ...operation, code: 'Config' },
      `${name} belongs to ${theirs === undefined ? 'another platform' : `the ${theirs} manager`}, not to the ${scope} manager`,
      'invalid-setting',
      theirs === undefined ? undefined : `Use scope ${theirs} (duende --scope ${theirs})`,
    );
  }
  const page = state.page(name);
  if (page !== 'missing' && page !== 'damaged' && page.id === handle.id) return page;
  if (page === 'damaged') {
    throw failure(
      operation,
      `The state of ${name} is damaged: ${state.unitFile(name)}`,
      'engine-error',
      `Remove it with: duende rm ${name}`,
    );
  }
  const why = page === 'missing' ? 'it was removed' : 'a later one has its name';
  throw failure(
    operation,
    `No daemon ${name} with this handle: ${why}`,
    'not-found',
    'duende ps lists the daemons that there are',
  );
}

/** The unit of exactly this daemon; `undefined` when it is not in memory, or somebody else's by now. */
export async function readUnit(
  { manager }: Context,
  page: Pick<UnitPage, 'id' | 'name'>,
  also?: Parameters<Manager['read']>[1],
): Promise<UnitState | undefined> {
  const unit = await manager.read(unitNameOf(page.name), also);
  return unit?.environment.includes(`DUENDE_ID=${page.id}`) ? unit : undefined;
}

export function handleOf(page: Pick<UnitPage, 'id' | 'name'>, scope: Scope): DaemonHandle {
  const data = { kind: 'systemd', unitName: unitNameOf(page.name), scope } as const;
  return { version: 1, name: page.name, platform: 'linux', id: page.id, data };
}

let ownBootId: string | undefined;

/** random(4): a new one each boot. */
export function bootId(): string {
  ownBootId ??= readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
  return ownBootId;
}

/** CLOCK_MONOTONIC in milliseconds, as the helper writes it. */
export const monotonicMs = (): number => Number(process.hrtime.bigint() / 1_000_000n);
