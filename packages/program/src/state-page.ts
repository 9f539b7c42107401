import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import type { DaemonSpec, DaemonState, FailureReason } from '@duende/core/contract';

/** Bytes of the page at the begin of a state file; the layout is `struct state_page` in supervisor/supervise.h. */
export const statePageSize = 4096;
const magic = 'DUENDEn1';

const states: readonly DaemonState[] = [
  'created',
  'starting',
  'running',
  'paused',
  'stopping',
  'stopped',
  'failed',
];
const reasons: readonly (FailureReason | undefined)[] = [
  undefined,
  'exit-code',
  'signal',
  'oom',
  'start-timeout',
  'watchdog',
  'restart-limit',
  'spawn',
  'lost',
];

/** A process by PID and kernel start time (clock ticks since boot), which together are never used twice in one boot. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly startTime: bigint;
}

export type PageExit = { readonly code: number } | { readonly signal: number; readonly core: boolean };

/** What the supervisor has last written about its daemon. Times are Unix milliseconds, 0 for never. */
export interface StatePage {
  readonly state: DaemonState;
  readonly main: ProcessIdentity;
  readonly supervisor: ProcessIdentity;
  readonly guardian: ProcessIdentity;
  readonly restarts: number;
  readonly startedMs: number;
  readonly finishedMs: number;
  readonly restartAtMs: number;
  readonly exit: PageExit | undefined;
  readonly lastExit: PageExit | undefined;
  readonly reason: FailureReason | undefined;
  readonly health: 'unknown' | 'healthy' | 'unhealthy';
  /** errno that keeps the log from being written, 0 when nothing does. */
  readonly logErrno: number;
  readonly ready: boolean;
  readonly id: string;
  readonly bootId: string;
  readonly name: string;
  readonly message: string;
  /** The PID at spawn. */
  readonly firstPid: number;
}

function text(buffer: Buffer, offset: number, size: number): string {
  const end = buffer.indexOf(0, offset);
  return buffer.toString('utf8', offset, end < 0 || end > offset + size ? offset + size : end);
}

function exitAt(buffer: Buffer, kind: number, value: number, core: number): PageExit | undefined {
  const what = buffer.readUInt32LE(kind);
  if (what === 1) return { code: buffer.readInt32LE(value) };
  if (what === 2)
    return { signal: buffer.readInt32LE(value), core: core >= 0 && buffer.readUInt32LE(core) === 1 };
  return undefined;
}

/** Reads a page; `undefined` when the bytes are none (truncated, garbage, of another version). */
export function decodeStatePage(buffer: Buffer): StatePage | undefined {
  if (buffer.length !== statePageSize || buffer.toString('latin1', 0, 8) !== magic) return undefined;
  const state = states[buffer.readUInt32LE(12)];
  const id = text(buffer, 120, 40);
  const name = text(buffer, 200, 64);
  const reasonNumber = buffer.readUInt32LE(92);
  if (state === undefined || reasonNumber >= reasons.length || id.length !== 36 || name === '')
    return undefined;
  return {
    state,
    main: { pid: buffer.readInt32LE(16), startTime: buffer.readBigUInt64LE(24) },
    supervisor: { pid: buffer.readInt32LE(20), startTime: buffer.readBigUInt64LE(32) },
    guardian: { pid: buffer.readInt32LE(40), startTime: buffer.readBigUInt64LE(48) },
    restarts: buffer.readUInt32LE(44),
    startedMs: Number(buffer.readBigInt64LE(56)),
    finishedMs: Number(buffer.readBigInt64LE(64)),
    restartAtMs: Number(buffer.readBigInt64LE(72)),
    exit: exitAt(buffer, 80, 84, 88),
    lastExit: exitAt(buffer, 104, 108, -1),
    reason: reasons[reasonNumber],
    health: (['unknown', 'healthy', 'unhealthy'] as const)[buffer.readUInt32LE(96)] ?? 'unknown',
    logErrno: buffer.readUInt32LE(100),
    ready: buffer.readUInt32LE(112) === 1,
    id,
    bootId: text(buffer, 160, 40),
    name,
    message: text(buffer, 264, 256),
    firstPid: buffer.readInt32LE(520),
  };
}

const buffer = Buffer.allocUnsafe(statePageSize);

/** Reads a state file: `missing` when there is none, `damaged` when it cannot be understood. */
export function readStatePage(path: string): StatePage | 'missing' | 'damaged' {
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' || code === 'ENOTDIR' ? 'missing' : 'damaged';
  }
  try {
    // The supervisor makes the sequence odd while it writes. One that was killed in the middle leaves it odd: after some
    // rounds the page is taken as it is.
    for (let round = 0; ; round += 1) {
      const length = readSync(fd, buffer, 0, statePageSize, 0);
      const page = buffer.subarray(0, length);
      if (length < 16) return 'damaged';
      const before = page.readUInt32LE(8);
      const after = Buffer.allocUnsafe(4);
      readSync(fd, after, 0, 4, 8);
      const steady = before % 2 === 0 && after.readUInt32LE(0) === before;
      if (steady || round >= 200) return decodeStatePage(page) ?? 'damaged';
    }
  } catch {
    return 'damaged';
  } finally {
    closeSync(fd);
  }
}

/** The spec of a daemon, which stands behind the page. @throws when it cannot be read. */
export function readSpec(path: string): DaemonSpec {
  return JSON.parse(readFileSync(path).toString('utf8', statePageSize)) as DaemonSpec;
}
