import { readFileSync } from 'node:fs';
import { type Platform, PlatformError, type PlatformErrorReason } from '@duende/core';
import { installHintHere } from './install-hint.ts';
import { readLiveProcess, readProcess } from './process-info.ts';

export function tracerFailed(
  platform: Platform,
  reason: PlatformErrorReason,
  message: string,
  hint?: string,
  cause?: unknown,
): PlatformError {
  return new PlatformError('TracerFailed', message, {
    reason,
    platform,
    operation: 'attachTracer',
    hint,
    cause,
  });
}

export function stracesMissing(platform: Platform, stracePath: string, cause?: unknown): PlatformError {
  const denied = (cause as NodeJS.ErrnoException | undefined)?.code === 'EACCES';
  const why = denied ? 'cannot be executed' : 'is not installed';
  return tracerFailed(
    platform,
    'unavailable',
    stracePath === 'strace' ? `strace ${why}` : `strace ${why} at ${stracePath}`,
    installHintHere(),
    cause,
  );
}

/** The Yama setting, or `undefined` where the kernel has none: kernel documentation, admin-guide/LSM/Yama. */
function readPtraceScope(): number | undefined {
  try {
    return Number(readFileSync('/proc/sys/kernel/yama/ptrace_scope', 'utf8'));
  } catch {
    return undefined;
  }
}

/** What to do about a ptrace(2) that was not permitted. */
export function permissionHint(evidence: {
  readonly ownUid: number;
  readonly uid: number;
  readonly scope: number | undefined;
}): string {
  const { ownUid, uid, scope } = evidence;
  if (scope === 3) return 'kernel.yama.ptrace_scope is 3: nobody may trace until the machine is restarted';
  if (ownUid === 0) {
    return 'Root needs the capability CAP_SYS_PTRACE for it: in a container give --cap-add=SYS_PTRACE';
  }
  if (ownUid !== uid) return `It runs as uid ${uid} and this as uid ${ownUid}: trace as that user or as root`;
  if (scope !== undefined && scope > 0) {
    const who = scope === 1 ? 'only the parent of a process may trace it' : 'only root may trace';
    return `kernel.yama.ptrace_scope is ${scope} (${who}): run as root, or as root: sysctl kernel.yama.ptrace_scope=0`;
  }
  return 'It has made itself untraceable, or runs with more privileges: trace as root';
}

/** Why this process cannot be traced now; `undefined` when nothing speaks against it. `strace` is the id of one's own. */
export function findObstacle(platform: Platform, pid: number, strace = 0): PlatformError | undefined {
  const info = readLiveProcess(pid);
  if (!info) return tracerFailed(platform, 'not-running', `Process ${pid} is not running`);
  if (info.tracerPid === 0 || info.tracerPid === strace) return undefined;
  const other = readProcess(info.tracerPid)?.name ?? 'a process that has ended';
  return tracerFailed(
    platform,
    'unavailable',
    `Process ${pid} is already traced by ${other} (process ${info.tracerPid})`,
    `A process has one tracer at a time: end that one first (kill -TERM ${info.tracerPid})`,
  );
}

/** The error that what strace said before it ended means. */
export function explainFailure(platform: Platform, pids: readonly number[], stderr: string): PlatformError {
  const obstacles = pids.map((pid) => findObstacle(platform, pid));
  const obstacle = obstacles.find((error) => error !== undefined);
  if (obstacle) return obstacle;
  const said = stderr.trim().replaceAll(/^\S*strace: /gm, '');
  const pid = Number(/PTRACE_\w+, (\d+)\): Operation not permitted/.exec(said)?.[1] ?? pids[0]);
  if (/Operation not permitted|Permission denied|attach to process/.test(said)) {
    const uid = readProcess(pid)?.uid ?? -1;
    return tracerFailed(
      platform,
      'permission-denied',
      `Tracing process ${pid} is not permitted`,
      permissionHint({ ownUid: process.getuid?.() ?? -1, uid, scope: readPtraceScope() }),
    );
  }
  const calls = /invalid system call '([^']*)'/.exec(said)?.[1];
  if (calls !== undefined) {
    return new PlatformError('Config', `calls: ${JSON.stringify(calls)} is no system call of this machine`, {
      reason: 'invalid-setting',
      platform,
      operation: 'attachTracer',
      field: 'calls',
    });
  }
  return tracerFailed(
    platform,
    'engine-error',
    `strace ended before it was attached: ${said || 'it said nothing'}`,
  );
}
