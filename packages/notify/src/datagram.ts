import { constants } from 'node:os';
import { getSystemErrorName } from 'node:util';
import type { Libc } from './libc.ts';
import { NotifyError } from './notify-error.ts';

// The numbers of Linux (bits/socket.h); all architectures that koffi is built for have the same.
const familyUnix = 1;
const datagram = 2;
const closeOnExec = 0o2000000;
const dontWait = 0x40;
const noSignal = 0x4000;

/** Sends single datagrams to one address. */
export interface DatagramSocket {
  /** `false`: the receiver's queue is full, try again. @throws NotifyError with the errno's name as its code. */
  transmit(message: Buffer): boolean;
  close(): void;
}

/** @throws NotifyError when no socket can be made. */
export function openDatagramSocket(libc: Libc, address: Buffer): DatagramSocket {
  const fd = libc.socket(familyUnix, datagram | closeOnExec, 0);
  if (fd < 0) throw systemError('socket', fd);
  return {
    transmit(message) {
      // Without waiting: a service manager that does not read must not stop the event loop.
      const result = libc.sendto(fd, message, dontWait | noSignal, address);
      if (result >= 0) return true;
      if (-result === constants.errno.EAGAIN || -result === constants.errno.ENOBUFS) return false;
      throw systemError('sendto', result);
    },
    close: () => void libc.close(fd),
  };
}

function systemError(call: string, result: number): NotifyError {
  const code = getSystemErrorName(result);
  return new NotifyError(`Cannot send to the notify socket: ${call}: ${code}`, { code });
}
