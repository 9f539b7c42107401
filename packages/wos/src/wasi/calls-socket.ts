import { transfer, transferLimit } from './calls-fd.ts';
import { Connection } from './connection.ts';
import { FdFlag } from './descriptor.ts';
import { Errno, WasiError } from './errno.ts';
import { Listener } from './listener.ts';
import { type CallDefinition, interrupted, type WasiProcess } from './process.ts';
import { Right } from './rights.ts';

function connectionOf(process: WasiProcess, fd: number, right: bigint): Connection {
  const descriptor = process.descriptors.get(fd);
  if (!(descriptor instanceof Connection)) throw new WasiError(Errno.NotSocket);
  process.descriptors.require(fd, right);
  return descriptor;
}

async function accept(
  process: WasiProcess,
  listener: Listener,
  flags: number,
  result: number,
): Promise<number> {
  for (;;) {
    const connection = listener.accept();
    if (connection) {
      connection.flags = flags & FdFlag.Nonblock;
      process.memory.writeU32(result, process.descriptors.add(connection));
      return Errno.Success;
    }
    if ((listener.flags & FdFlag.Nonblock) !== 0) return Errno.Again;
    const woken = await process.block<void>((wake) => listener.watchRead(wake));
    if (woken === interrupted) return Errno.Interrupted;
  }
}

/** So much has to be there before the call ends: RECV_WAITALL. */
async function receiveAll(
  process: WasiProcess,
  from: Connection,
  buffers: () => Uint8Array[],
): Promise<number> {
  let done = 0;
  for (;;) {
    const left = skip(buffers(), done);
    if (left.length === 0) return done;
    const count = from.receive(left, false);
    if (count === 0) return done;
    done += count ?? 0;
    if (count === undefined && (await process.block<void>((wake) => from.watchRead(wake))) === interrupted)
      return done;
  }
}

function skip(buffers: Uint8Array[], count: number): Uint8Array[] {
  let left = count;
  return buffers.flatMap((buffer) => {
    const skipped = Math.min(left, buffer.length);
    left -= skipped;
    return skipped === buffer.length ? [] : [buffer.subarray(skipped)];
  });
}

export const socketCalls: Readonly<Record<string, CallDefinition>> = {
  sock_accept: {
    args: ['fd', 'flags', 'result'],
    blocks: true,
    call: (process, fd: number, flags: number, result: number) => {
      const listener = process.descriptors.get(fd);
      if (!(listener instanceof Listener)) return Errno.NotSocket;
      process.descriptors.require(fd, Right.SockAccept);
      process.descriptors.reserve();
      process.memory.bytes(result, 4);
      return accept(process, listener, flags, result);
    },
  },
  sock_recv: {
    args: ['fd', 'iovs', 'count', 'flags', 'result', 'result_flags'],
    blocks: true,
    call: (process, fd: number, list: number, count: number, flags: number, result: number, out: number) => {
      const connection = connectionOf(process, fd, Right.FdRead);
      process.memory.bytes(result, 4);
      process.memory.writeU16(out, 0);
      // PEEK 1, WAITALL 2.
      if (flags >>> 0 > 3) return Errno.NotSupported;
      const buffers = () => process.memory.buffers(list, count, transferLimit);
      const done = (moved: number) => {
        process.memory.writeU32(result, moved);
        return Errno.Success;
      };
      if (flags === 2) return receiveAll(process, connection, buffers).then(done);
      const reader = (flags & 1) === 0 ? connection : peeking(connection);
      return transfer(process, reader, 'read', buffers, done);
    },
  },
  sock_send: {
    args: ['fd', 'iovs', 'count', 'flags', 'result'],
    blocks: true,
    call: (process, fd: number, list: number, count: number, flags: number, result: number) => {
      const connection = connectionOf(process, fd, Right.FdWrite);
      process.memory.bytes(result, 4);
      if (flags !== 0) return Errno.NotSupported;
      return transfer(
        process,
        connection,
        'write',
        () => process.memory.buffers(list, count, transferLimit),
        (moved) => {
          process.memory.writeU32(result, moved);
          return Errno.Success;
        },
      );
    },
  },
  sock_shutdown: {
    args: ['fd', 'how'],
    call: (process, fd: number, how: number) => {
      const connection = connectionOf(process, fd, Right.SockShutdown);
      // RD 1, WR 2.
      if (how < 1 || how > 3) return Errno.Invalid;
      connection.shutdown((how & 1) !== 0, (how & 2) !== 0);
      return Errno.Success;
    },
  },
};

function peeking(connection: Connection): Connection {
  return Object.create(connection, {
    read: { value: (buffers: Uint8Array[]) => connection.receive(buffers, true) },
  }) as Connection;
}
