import { readClock } from './calls-process.ts';
import type { Descriptor } from './descriptor.ts';
import { Errno, errnoOf, WasiError } from './errno.ts';
import { type CallDefinition, interrupted, type WasiProcess } from './process.ts';
import { Right } from './rights.ts';

interface Subscription {
  readonly userdata: bigint;
  /** 0 clock, 1 read, 2 write. */
  readonly type: number;
  /** A clock's end, in milliseconds of performance.now(). */
  readonly deadline?: number;
  readonly descriptor?: Descriptor;
  /** What was wrong with it: reported as its event. */
  readonly error?: number;
}

interface PollEvent {
  readonly subscription: Subscription;
  readonly error: number;
  readonly bytes: number;
  readonly hangup: boolean;
}

/** More at once are refused: nobody needs them, and each costs the kernel memory. */
const mostSubscriptions = 4096;

function deadlineOf(process: WasiProcess, clock: number, timeout: bigint, absolute: boolean): number {
  const now = performance.now();
  if (clock > 1) throw new WasiError(Errno.NotSupported);
  const left = absolute ? timeout - readClock(process, clock) : timeout;
  return left <= 0n ? now : now + Number(left) / 1e6;
}

function readSubscription(process: WasiProcess, at: number): Subscription {
  const { memory } = process;
  const userdata = memory.readU64(at);
  const type = memory.readU8(at + 8);
  try {
    if (type === 0) {
      const absolute = (memory.readU16(at + 40) & 1) !== 0;
      const clock = memory.readU32(at + 16);
      return { userdata, type, deadline: deadlineOf(process, clock, memory.readU64(at + 24), absolute) };
    }
    if (type > 2) throw new WasiError(Errno.Invalid);
    return {
      userdata,
      type,
      descriptor: process.descriptors.require(memory.readU32(at + 16), Right.PollFdReadwrite),
    };
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === undefined || errno === Errno.Fault) throw error;
    return { userdata, type, error: errno };
  }
}

/** Files and directories can always be read and written. */
function readiness(subscription: Subscription): PollEvent | undefined {
  const { descriptor, error, deadline, type } = subscription;
  if (error !== undefined) return { subscription, error, bytes: 0, hangup: false };
  if (deadline !== undefined) {
    return deadline <= performance.now() ? { subscription, error: 0, bytes: 0, hangup: false } : undefined;
  }
  const ask = type === 1 ? descriptor?.readable : descriptor?.writable;
  if (ask === undefined) return { subscription, error: 0, bytes: type === 1 ? 0 : 65_536, hangup: false };
  const ready = ask.call(descriptor);
  return ready && { subscription, error: 0, ...ready };
}

/** Wakes when any subscription may be ready. */
function waitForAny(process: WasiProcess, subscriptions: readonly Subscription[]): Promise<unknown> {
  return process.block<void>((wake) => {
    const undo: (() => void)[] = [];
    let first = Number.POSITIVE_INFINITY;
    for (const { deadline, descriptor, type } of subscriptions) {
      if (deadline !== undefined) first = Math.min(first, deadline);
      const watch = type === 1 ? descriptor?.watchRead : descriptor?.watchWrite;
      if (descriptor && watch) undo.push(watch.call(descriptor, wake));
    }
    if (first < Number.POSITIVE_INFINITY) undo.push(process.sleepUntil(first, wake));
    return () => {
      for (const each of undo) each();
    };
  });
}

function writeEvents(process: WasiProcess, events: readonly PollEvent[], to: number, count: number): number {
  const { memory } = process;
  for (const [index, { subscription, error, bytes, hangup }] of events.entries()) {
    const at = (to >>> 0) + index * 32;
    memory.bytes(at, 32).fill(0);
    memory.writeU64(at, subscription.userdata);
    memory.writeU16(at + 8, error);
    memory.writeU8(at + 10, subscription.type);
    memory.writeU64(at + 16, BigInt(bytes));
    memory.writeU16(at + 24, hangup ? 1 : 0);
  }
  memory.writeU32(count, events.length);
  return Errno.Success;
}

async function wait(process: WasiProcess, all: Subscription[], to: number, count: number): Promise<number> {
  for (;;) {
    const woken = await waitForAny(process, all);
    const events = all.map(readiness).filter((event) => event !== undefined);
    if (events.length > 0) return writeEvents(process, events, to, count);
    if (woken === interrupted) return Errno.Interrupted;
  }
}

export const pollCalls: Readonly<Record<string, CallDefinition>> = {
  poll_oneoff: {
    args: ['subscriptions', 'events', 'count', 'result'],
    blocks: true,
    call: (process, from: number, to: number, many: number, count: number) => {
      const size = many >>> 0;
      if (size === 0 || size > mostSubscriptions) return Errno.Invalid;
      process.memory.bytes(from, size * 48);
      process.memory.bytes(to, size * 32);
      process.memory.bytes(count, 4);
      const all: Subscription[] = [];
      for (let index = 0; index < size; index++)
        all.push(readSubscription(process, (from >>> 0) + index * 48));
      const events = all.map(readiness).filter((event) => event !== undefined);
      return events.length > 0 ? writeEvents(process, events, to, count) : wait(process, all, to, count);
    },
  },
};
