import type { DaemonStatus, Signal } from '@duende/core';
import { bootId, type StatePage } from '@duende/program';
import type { ContainerState } from '../src/engine/engine.ts';
import { daemonStatus } from '../src/status.ts';
import { runningState } from './plans.ts';

export const began = 1_700_000_000_000;
export const startedAt = new Date(began).toISOString();
export const nobody = { pid: 0, startTime: 0n };

/** Of a daemon that runs. */
export const livePage: StatePage = {
  state: 'running',
  main: { pid: 2, startTime: 5n },
  supervisor: { pid: 1, startTime: 1n },
  guardian: nobody,
  restarts: 0,
  startedMs: began,
  finishedMs: 0,
  restartAtMs: 0,
  exit: undefined,
  lastExit: undefined,
  reason: undefined,
  health: 'unknown',
  logErrno: 0,
  ready: true,
  id: '4286f30c-ff71-40c4-92f1-dec51771c4c7',
  bootId: bootId(),
  name: 'web',
  message: '',
  firstPid: 2,
};

/** A PID that no machine has: /proc knows nothing of it. */
export const initPid = 4_194_305;

export const statusOf = (
  container: Partial<ContainerState>,
  page: Partial<StatePage> = {},
  stopSignal: Signal = 'TERM',
): DaemonStatus =>
  daemonStatus(
    { container: { ...runningState, pid: initPid, ...container }, page: { ...livePage, ...page }, key: 'k' },
    () => stopSignal,
  );
