import { type DatagramSocket, openDatagramSocket } from './datagram.ts';
import { loadLibc } from './libc.ts';
import { NotifyError } from './notify-error.ts';
import { createOutbox } from './outbox.ts';
import { socketAddress } from './socket-address.ts';
import { findSystemdNotify, runSystemdNotify } from './systemd-notify.ts';

export interface SocketNotifierOptions {
  /** Called with each message that could not be sent. The notifier goes on with the next one. */
  readonly onError?: (error: NotifyError) => void;
  /** `ffi`: datagrams from this process; `command`: the program systemd-notify. Without it ffi, else command. */
  readonly by?: 'ffi' | 'command';
}

/** Takes messages of sd_notify(3) to the service manager, in order. */
export interface SocketNotifier {
  readonly by: 'ffi' | 'command';
  /** Sends lines such as `READY=1\n` as one datagram; with `ffi` it has been sent on return. Never throws. */
  send(text: string): void;
  /** Resolves when everything has been sent, or after two seconds. Nothing can be sent afterwards. */
  close(): Promise<void>;
}

/**
 * @param path `$NOTIFY_SOCKET`: an absolute path, or `@NAME` of an abstract socket. The variable itself is not touched.
 * @throws NotifyError when the address is none, or when nothing here can send to it.
 */
export function createSocketNotifier(path: string, options: SocketNotifierOptions = {}): SocketNotifier {
  const address = socketAddress(path);
  const onError = options.onError ?? (() => {});
  const opened = options.by === 'command' ? undefined : open(address);
  if (opened && 'transmit' in opened) {
    return {
      by: 'ffi',
      ...createOutbox((text) => opened.transmit(Buffer.from(text)), opened.close, onError),
    };
  }
  const program = options.by === 'ffi' ? undefined : findSystemdNotify();
  if (program === undefined) {
    const why = opened ? `: ${opened.message.split('\n')[0]}` : '';
    throw new NotifyError(`Neither koffi nor systemd-notify can be used here${why}`, { cause: opened });
  }
  const run = (text: string) => runSystemdNotify(program, path, text);
  return { by: 'command', ...createOutbox(run, () => {}, onError) };
}

function open(address: Buffer): DatagramSocket | Error {
  try {
    if (process.platform !== 'linux')
      return new Error(`koffi is used on Linux only, not on ${process.platform}`);
    return openDatagramSocket(loadLibc(), address);
  } catch (error) {
    return error as Error;
  }
}
