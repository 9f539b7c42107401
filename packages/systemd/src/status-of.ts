import {
  classifyExit,
  type DaemonExit,
  type DaemonStatus,
  type FailureReason,
  type Signal,
} from '@duende/core/contract';
import type { UnitState } from './bus/manager.ts';
import type { ExitSlot, UnitPage } from './unit-page.ts';

/** What a status is made of. */
export interface StatusSource {
  readonly page: UnitPage;
  /** `undefined`: the unit is not in memory. */
  readonly unit: UnitState | undefined;
  readonly stopSignal: Signal;
  /** Whether the process that spawns it is still at it. */
  readonly spawning: boolean;
  /** Whether the main process is stopped (proc(5), state T). */
  readonly stopped: boolean;
  /** CLOCK_MONOTONIC milliseconds. */
  readonly nowMs: number;
  /** False: the machine has booted since, or everything that knew was lost. */
  readonly sameBoot: boolean;
}

export function exitOf(slot: ExitSlot): DaemonExit | undefined {
  if (slot.kind === 'exited') return { code: Number(slot.status) };
  if (slot.kind === 'none') return undefined;
  const signal = `SIG${slot.status.replace(/^SIG/, '')}`;
  return slot.kind === 'dumped' ? { signal, coreDumped: true } : { signal };
}

const iso = (ms: number): string => new Date(ms).toISOString();

/** $SERVICE_RESULT (systemd.exec(5)) where it is more than the exit itself. */
const byResult: Readonly<Record<string, FailureReason>> = {
  'oom-kill': 'oom',
  watchdog: 'watchdog',
  timeout: 'start-timeout',
  resources: 'spawn',
  protocol: 'spawn',
};

/** Waits for its next run: systemd counts RestartSec=, then the helper the rest of the backoff. */
function isWaiting({ page, unit, nowMs }: StatusSource): boolean {
  if (unit?.sub === 'auto-restart') return true;
  return unit?.active === 'activating' && page.notBeforeMs > nowMs;
}

function common({ page, unit }: StatusSource) {
  const lastExit = exitOf(page.exit);
  const message = unit?.statusText;
  return {
    // The restart that the helper refuses is counted by systemd, and was none.
    restarts: page.limitHit ? page.runsEnded - 1 : (unit?.restarts ?? 0),
    ...(message ? { message } : {}),
    ...(lastExit ? { lastExit } : {}),
    ...(page.health === 'unknown' ? {} : { health: page.health }),
  };
}

function live(source: StatusSource, unit: UnitState): DaemonStatus {
  const { page } = source;
  const base = common(source);
  const startedAt = iso(page.runBeginWallMs);
  if (isWaiting(source)) {
    const restartAt = page.notBeforeWallMs > 0 ? { restartAt: iso(page.notBeforeWallMs) } : {};
    return { state: 'starting', ...base, ...restartAt };
  }
  if (unit.active === 'activating') {
    const began = unit.mainPid > 0 && page.runBeginWallMs > 0 ? { startedAt } : {};
    return { state: 'starting', ...base, ...(unit.mainPid > 0 ? { pid: unit.mainPid } : {}), ...began };
  }
  const running = { ...base, pid: unit.mainPid, startedAt };
  if (unit.active === 'deactivating' || unit.job === 'stop') return { state: 'stopping', ...running };
  return { state: source.stopped ? 'paused' : 'running', ...running };
}

function ended(source: StatusSource): DaemonStatus {
  const { page, unit } = source;
  const exit = exitOf(page.exit);
  const lastExit = page.runsEnded > 1 ? exitOf(page.previousExit) : undefined;
  const base = {
    restarts: Math.max(0, page.runsEnded - 1),
    ...(lastExit ? { lastExit } : {}),
    ...(exit ? { exit } : {}),
    ...(page.exit.beganMs > 0 ? { startedAt: iso(page.exit.beganMs) } : {}),
    ...(page.exit.timeMs > 0 ? { finishedAt: iso(page.exit.timeMs) } : {}),
  };
  if (!exit) {
    const message = source.sameBoot
      ? 'Nothing is known about its end: its unit was removed from systemd'
      : 'The machine has been restarted since';
    return { state: 'failed', reason: 'lost', ...base, message };
  }
  if (page.stopAsked && page.exit.result !== 'oom-kill') {
    return { ...classifyExit(exit, { asked: true, signal: source.stopSignal }), ...base };
  }
  if (!page.exit.executed && page.exit.result !== 'success')
    return { state: 'failed', reason: 'spawn', ...base };
  // The restart that is refused is counted, and was no run; the result stays that of the last run (service_can_start of v252).
  const refused = page.limitHit || (unit?.active === 'failed' && unit.restarts >= page.runsEnded);
  const reason = refused ? 'restart-limit' : byResult[page.exit.result];
  // A stop by systemctl that had to kill has this result too; a run that was never ready began at no time.
  if (reason) return { state: 'failed', reason, ...base };
  return { ...classifyExit(exit), ...base };
}

/** Pure: what systemd and the helper know, as a status. */
export function statusOf(source: StatusSource): DaemonStatus {
  const { unit, page, spawning } = source;
  if (unit && unit.active !== 'inactive' && unit.active !== 'failed') return live(source, unit);
  // Its unit is not there yet, or is and waits for its job.
  if (spawning && page.runsEnded === 0) return { state: 'created', restarts: 0 };
  if (unit?.job === 'start') return { state: 'starting', ...common(source) };
  return ended(source);
}
