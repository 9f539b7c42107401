import { type Connection, connect } from '../wasi/connection.ts';
import { Errno, errnoOf } from '../wasi/errno.ts';
import { Listener } from '../wasi/listener.ts';
import { interrupted } from '../wasi/process.ts';
import { isGranted, parseAddress } from './grants.ts';
import type { Process } from './process.ts';

async function openListener(
  process: Process,
  address: number,
  length: number,
  result: number,
): Promise<number> {
  const wanted = parseAddress(process.memory.text(address, length));
  if (wanted === undefined) return Errno.Invalid;
  process.memory.bytes(result, 4);
  if (!isGranted(process.net.listen, wanted)) return Errno.NotCapable;
  process.descriptors.reserve();
  const opened = await process.block<Listener | Error>((wake) => {
    let given = false;
    Listener.open(wanted.host, wanted.port).then(
      (listener) => {
        if (given) listener.close();
        else wake(listener);
      },
      (error) => wake(error as Error),
    );
    return () => {
      given = true;
    };
  });
  if (opened === interrupted) return Errno.Interrupted;
  if (opened instanceof Error) return errnoOf(opened) ?? Errno.InputOutput;
  process.memory.writeU32(result, process.descriptors.add(opened));
  return Errno.Success;
}

async function openConnection(
  process: Process,
  address: number,
  length: number,
  result: number,
): Promise<number> {
  const wanted = parseAddress(process.memory.text(address, length));
  if (wanted === undefined) return Errno.Invalid;
  process.memory.bytes(result, 4);
  if (!isGranted(process.net.connect, wanted)) return Errno.NotCapable;
  process.descriptors.reserve();
  const opened = await process.block<Connection | Error>((wake) => {
    let done = false;
    const giveUp = connect(wanted.host, wanted.port, (connection, error) => {
      done = true;
      wake((connection ?? error) as Connection | Error);
    });
    return () => {
      if (!done) giveUp();
    };
  });
  if (opened === interrupted) return Errno.Interrupted;
  if (opened instanceof Error) return errnoOf(opened) ?? Errno.InputOutput;
  process.memory.writeU32(result, process.descriptors.add(opened));
  return Errno.Success;
}

/** What preview1 has no calls for: to open sockets, where it is granted. */
export const netCalls = {
  listen: { args: ['address', 'length', 'result'], blocks: true, call: openListener },
  connect: { args: ['address', 'length', 'result'], blocks: true, call: openConnection },
} as const;
