import { randomFillSync } from 'node:crypto';
import { Errno, WasiError } from './errno.ts';
import type { CallDefinition, WasiProcess } from './process.ts';

function writeList(
  process: WasiProcess,
  list: readonly Uint8Array[],
  pointers: number,
  buffer: number,
): number {
  const { memory } = process;
  let at = buffer >>> 0;
  for (const [index, item] of list.entries()) {
    memory.writeU32((pointers >>> 0) + index * 4, at);
    memory.bytes(at, item.length).set(item);
    at += item.length;
  }
  return Errno.Success;
}

function writeSizes(process: WasiProcess, list: readonly Uint8Array[], count: number, size: number): number {
  process.memory.writeU32(count, list.length);
  process.memory.writeU32(
    size,
    list.reduce((sum, item) => sum + item.length, 0),
  );
  return Errno.Success;
}

function milliseconds(process: WasiProcess, clock: number): number {
  if (clock === 1) return performance.now();
  if (clock === 2 || clock === 3) return process.cpuTime();
  throw new WasiError(Errno.Invalid);
}

/** Nanoseconds of a clock: 0 realtime, 1 monotonic, 2 and 3 CPU time of the process. @throws WasiError EINVAL */
export function readClock(process: WasiProcess, clock: number): bigint {
  // In two parts: nanoseconds since 1970 do not fit into a double.
  if (clock === 0) {
    const now = performance.timeOrigin + performance.now();
    const whole = Math.floor(now);
    return BigInt(whole) * 1_000_000n + BigInt(Math.floor((now - whole) * 1e6));
  }
  return BigInt(Math.floor(milliseconds(process, clock) * 1e6));
}

/** So that a huge request does not hold up other processes. */
const randomBlock = 262_144;

async function longRandom(process: WasiProcess, address: number, length: number): Promise<number> {
  for (let done = 0; done < length; done += randomBlock) {
    randomFillSync(process.memory.bytes(address + done, Math.min(randomBlock, length - done)));
    await process.yield();
  }
  return Errno.Success;
}

export const processCalls: Readonly<Record<string, CallDefinition>> = {
  args_get: {
    args: ['argv', 'buffer'],
    call: (process, argv: number, buffer: number) => writeList(process, process.args, argv, buffer),
  },
  args_sizes_get: {
    args: ['count', 'size'],
    call: (process, count: number, size: number) => writeSizes(process, process.args, count, size),
  },
  environ_get: {
    args: ['environ', 'buffer'],
    call: (process, environ: number, buffer: number) => writeList(process, process.env, environ, buffer),
  },
  environ_sizes_get: {
    args: ['count', 'size'],
    call: (process, count: number, size: number) => writeSizes(process, process.env, count, size),
  },
  clock_res_get: {
    args: ['clock', 'result'],
    call: (process, clock: number, result: number) => {
      readClock(process, clock);
      process.memory.writeU64(result, 1000n);
      return Errno.Success;
    },
  },
  clock_time_get: {
    args: ['clock', 'precision', 'result'],
    call: (process, clock: number, _precision: bigint, result: number) => {
      process.memory.writeU64(result, readClock(process, clock));
      return Errno.Success;
    },
  },
  random_get: {
    args: ['buffer', 'length'],
    blocks: true,
    call: (process, buffer: number, length: number) => {
      const bytes = process.memory.bytes(buffer, length);
      if (bytes.length > randomBlock) return longRandom(process, buffer >>> 0, bytes.length);
      randomFillSync(bytes);
      return Errno.Success;
    },
  },
  proc_exit: {
    args: ['code'],
    call: (process, code: number) => process.exit(code >>> 0),
  },
  proc_raise: {
    args: ['signal'],
    // wasi-libc never calls it; wos.h has wos_kill().
    call: () => Errno.NotSupportedCall,
  },
  sched_yield: {
    args: [],
    blocks: true,
    call: async (process) => {
      await process.yield();
      return Errno.Success;
    },
  },
};
