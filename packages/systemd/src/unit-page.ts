import type { ProcessIdentity } from './process-identity.ts';

/** Bytes of the page at the begin of a daemon's `unit` file; the layout is `struct unit_page` in unit/unit.h. */
export const unitPageSize = 4096;
const magic = 'DUENDEs1';

/** Byte offsets of the page. */
const at = {
  id: 64,
  bootId: 104,
  name: 144,
  settings: 256,
  stopAsked: 512,
  runsEnded: 516,
  limit: 608,
  spawner: 612,
  slots: [640, 896],
} as const;

/** What is written once, at spawn. Times are milliseconds. */
export interface PageSettings {
  readonly id: string;
  readonly bootId: string;
  readonly name: string;
  readonly restart: {
    readonly delay: number;
    readonly factor: number;
    readonly maxDelay: number;
    readonly window: number;
    /** Restarts within `window`; 0 for no limit. */
    readonly max: number;
    /** A clean exit is followed by a restart, too. */
    readonly always: boolean;
  };
  /** The program itself says when it is ready. */
  readonly notify: boolean;
  /** The program gets $NOTIFY_SOCKET. */
  readonly keepNotifySocket: boolean;
  readonly health:
    | {
        readonly type: 'command' | 'http' | 'tcp';
        readonly interval: number;
        readonly timeout: number;
        readonly retries: number;
        readonly startPeriod: number;
        readonly port: number;
      }
    | undefined;
  /** The process that spawns it. */
  readonly spawner: ProcessIdentity;
  /** When the daemon was made: CLOCK_MONOTONIC and Unix time, in microseconds. Its log begins there. */
  readonly created: { readonly monotonicUsec: bigint; readonly wallUsec: bigint };
}

/** How a run ended, as systemd told ExecStopPost= (systemd.exec(5), $SERVICE_RESULT and so on). */
export interface ExitSlot {
  readonly kind: 'exited' | 'killed' | 'dumped' | 'none';
  /** False: it ended before the program was executed. */
  readonly executed: boolean;
  /** When the program was executed, Unix milliseconds; 0 when it was not. */
  readonly beganMs: number;
  readonly status: string;
  readonly result: string;
  readonly invocation: string;
  readonly timeMs: number;
}

export interface UnitPage {
  readonly id: string;
  readonly bootId: string;
  readonly name: string;
  readonly stopAsked: boolean;
  /** The program gets $NOTIFY_SOCKET, and so may have a status text. */
  readonly tellsStatus: boolean;
  /** Runs that have ended. */
  readonly runsEnded: number;
  /** CLOCK_MONOTONIC milliseconds: the next run begins then; in the past when nothing waits. */
  readonly notBeforeMs: number;
  readonly notBeforeWallMs: number;
  readonly runBeginWallMs: number;
  readonly health: 'unknown' | 'healthy' | 'unhealthy';
  /** The process that spawns it and has not finished; PID 0 when it has. */
  readonly spawner: ProcessIdentity;
  /** The helper has refused a further run: more restarts than the spec allows. */
  readonly limitHit: boolean;
  readonly execErrno: number;
  readonly execStage: string;
  readonly exit: ExitSlot;
  readonly previousExit: ExitSlot;
  readonly created: { readonly monotonicUsec: bigint; readonly wallUsec: bigint };
}

const healthTypes = { command: 1, http: 2, tcp: 3 } as const;

export function encodeUnitPage(settings: PageSettings): Buffer {
  const page = Buffer.alloc(unitPageSize);
  page.write(magic, 0, 'latin1');
  page.write(settings.id, at.id, 'latin1');
  page.write(settings.bootId, at.bootId, 'latin1');
  page.write(settings.name, at.name, 'latin1');
  const { restart, health } = settings;
  const numbers = [
    restart.delay,
    Math.round(restart.factor * 1000),
    restart.maxDelay,
    restart.window,
    restart.always ? 1 : 0,
    settings.notify ? 1 : 0,
    settings.keepNotifySocket ? 1 : 0,
    health ? healthTypes[health.type] : 0,
    health?.interval ?? 0,
    health?.timeout ?? 0,
    health?.retries ?? 0,
    health?.startPeriod ?? 0,
    health?.port ?? 0,
    restart.max,
  ];
  for (const [index, number] of numbers.entries()) {
    page.writeBigInt64LE(BigInt(Math.round(number)), at.settings + 8 * index);
  }
  page.writeInt32LE(settings.spawner.pid, at.spawner);
  page.writeBigUInt64LE(settings.spawner.startTime, at.spawner + 4);
  page.writeBigInt64LE(settings.created.monotonicUsec, 592);
  page.writeBigInt64LE(settings.created.wallUsec, 600);
  return page;
}

function text(page: Buffer, offset: number, size: number): string {
  const end = page.indexOf(0, offset);
  return page.toString('utf8', offset, end < 0 || end > offset + size ? offset + size : end);
}

const kinds = ['none', 'exited', 'killed', 'dumped'] as const;

function slotAt(page: Buffer, offset: number): ExitSlot {
  return {
    kind: kinds[page.readUInt32LE(offset)] ?? 'none',
    executed: page.readUInt32LE(offset + 4) === 1,
    beganMs: Number(page.readBigInt64LE(offset + 112)),
    timeMs: Number(page.readBigInt64LE(offset + 8)),
    result: text(page, offset + 16, 32),
    invocation: text(page, offset + 48, 40),
    status: text(page, offset + 88, 24),
  };
}

/** `undefined` when the bytes are no page: truncated, garbage, of another version. */
export function decodeUnitPage(page: Buffer): UnitPage | undefined {
  if (page.length < unitPageSize || page.toString('latin1', 0, 8) !== magic) return undefined;
  const id = text(page, at.id, 40);
  const name = text(page, at.name, 64);
  if (id.length !== 36 || name === '') return undefined;
  return {
    id,
    name,
    bootId: text(page, at.bootId, 40),
    stopAsked: page.readUInt32LE(at.stopAsked) !== 0,
    tellsStatus: page.readBigInt64LE(at.settings + 48) === 1n,
    runsEnded: page.readUInt32LE(at.runsEnded),
    notBeforeMs: Number(page.readBigInt64LE(528)),
    health: (['unknown', 'healthy', 'unhealthy'] as const)[page.readUInt32LE(544)] ?? 'unknown',
    spawner: { pid: page.readInt32LE(at.spawner), startTime: page.readBigUInt64LE(at.spawner + 4) },
    limitHit: page.readUInt32LE(at.limit) !== 0,
    execErrno: page.readInt32LE(548),
    execStage: text(page, 552, 24),
    notBeforeWallMs: Number(page.readBigInt64LE(576)),
    runBeginWallMs: Number(page.readBigInt64LE(584)),
    created: { monotonicUsec: page.readBigInt64LE(592), wallUsec: page.readBigInt64LE(600) },
    exit: slotAt(page, at.slots[0]),
    previousExit: slotAt(page, at.slots[1]),
  };
}

/** A change that the adapter makes to a page: bytes, and where they belong. */
export interface PageMark {
  readonly offset: number;
  readonly bytes: Buffer;
}

/** A stop was asked for. The helper makes 2 of it when the run has ended. */
export const stopAskedMark: PageMark = { offset: at.stopAsked, bytes: Buffer.from([1, 0, 0, 0]) };

/** The spawn has finished. */
export const spawnedMark: PageMark = { offset: at.spawner, bytes: Buffer.alloc(12) };

/** No restart has been refused. */
export const freshMark: PageMark = { offset: at.limit, bytes: Buffer.alloc(4) };

/** The last exit and the count of runs, written when the helper could not: what `stopped` in unit/stopped.c writes. */
export function exitMarks(slot: ExitSlot, runsEnded: number): PageMark[] {
  const bytes = Buffer.alloc(256);
  bytes.writeUInt32LE(kinds.indexOf(slot.kind), 0);
  bytes.writeUInt32LE(slot.executed ? 1 : 0, 4);
  bytes.writeBigInt64LE(BigInt(slot.timeMs), 8);
  bytes.write(slot.result.slice(0, 31), 16, 'latin1');
  bytes.write(slot.invocation, 48, 'latin1');
  bytes.write(slot.status, 88, 'latin1');
  bytes.writeBigInt64LE(BigInt(slot.beganMs), 112);
  const count = Buffer.alloc(4);
  count.writeUInt32LE(runsEnded, 0);
  return [
    { offset: at.slots[0], bytes },
    { offset: at.runsEnded, bytes: count },
  ];
}
