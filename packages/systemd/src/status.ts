import { readFileSync } from 'node:fs';
import {
  type DaemonHandle,
  type DaemonStatus,
  isTerminal,
  type Signal,
  type WaitOptions,
} from '@duende/core/contract';
import type { UnitState } from './bus/manager.ts';
import { untilUnit } from './bus/until.ts';
import { bootId, type Context, monotonicMs, type Operation, readUnit, requirePage } from './daemon.ts';
import { isAlive } from './process-identity.ts';
import { repairExit } from './repair-exit.ts';
import { statusOf } from './status-of.ts';
import { unitNameOf } from './unit-name.ts';
import type { UnitPage } from './unit-page.ts';

/** proc(5), stat: T is stopped by a signal, t by a tracer. */
function isStopped(pid: number): boolean {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return text[text.lastIndexOf(')') + 2] === 'T';
  } catch {
    return false;
  }
}

function stopSignalOf({ state }: Context, name: string): Signal {
  try {
    return state.spec(name).stopSignal;
  } catch {
    return 'TERM';
  }
}

/** The unit with what matters to a status: only a run that has ended can have been followed by a restart. */
const readUnitFor = (context: Context, page: UnitPage): Promise<UnitState | undefined> =>
  readUnit(context, page, { restarts: page.runsEnded > 0, statusText: page.tellsStatus });

/** The status of exactly this page's daemon. The page is read after the unit: what ends a unit is written before it ends. */
export async function readStatus(
  context: Context,
  handle: DaemonHandle,
  operation: Operation,
): Promise<DaemonStatus> {
  const before = requirePage(context, handle, operation);
  const sameBoot = before.bootId === bootId();
  let unit = await readUnitFor(context, before);
  let page: UnitPage = requirePage(context, handle, operation);
  // What was read of the unit is older than the page: a restart has come between, or the end of the spawn.
  const isStale = page.runsEnded > 0 && before.runsEnded === 0;
  if (isStale || (unit === undefined && before.spawner.pid > 0 && page.spawner.pid === 0)) {
    unit = await readUnitFor(context, page);
    page = requirePage(context, handle, operation);
  }
  // A unit that failed stays in memory, and with it how its last run ended. Somebody else may be quicker to write that down.
  if (unit?.active === 'failed') {
    await repairExit(context, page, unit);
    page = requirePage(context, handle, operation);
  }
  return statusOf({
    page,
    unit,
    sameBoot,
    spawning: isAlive(page.spawner),
    stopSignal: page.stopAsked ? stopSignalOf(context, handle.name) : 'TERM',
    stopped: unit?.active === 'active' && unit.mainPid > 0 && isStopped(unit.mainPid),
    nowMs: monotonicMs(),
  });
}

/** The terminal status, when it comes to that; woken by the manager's signals. @throws PlatformError StatusFailed / not-found */
export async function waitForEnd(
  context: Context,
  handle: DaemonHandle,
  { signal }: WaitOptions = {},
  operation: Operation = { code: 'StatusFailed', name: 'wait' },
): Promise<DaemonStatus> {
  const look = async (): Promise<DaemonStatus | undefined> => {
    const status = await readStatus(context, handle, operation);
    return isTerminal(status) ? status : undefined;
  };
  return await untilUnit(context.manager, unitNameOf(handle.name), look, signal);
}
