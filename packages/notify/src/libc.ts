import { createRequire } from 'node:module';

/** The part of koffi's interface that is used here; koffi.dev documents it. */
interface Koffi {
  load(library: null): { func(prototype: string): (...args: unknown[]) => number };
  errno(): number;
}

/** The calls of libc that a datagram takes. A negative result is `-errno`. */
export interface Libc {
  socket(domain: number, type: number, protocol: number): number;
  sendto(fd: number, message: Buffer, flags: number, address: Buffer): number;
  close(fd: number): number;
}

/**
 * libc through koffi's prebuilt binary for this machine, which holds one for glibc and one for musl. Not through the package
 * `koffi`: that one has an install script, which pnpm refuses unless it is told about it, and takes three times as long
 * to load.
 * @throws Error when there is none for this machine, or it was not installed.
 */
export function loadLibc(): Libc {
  const koffi = createRequire(import.meta.url)(`@koromix/koffi-linux-${process.arch}`) as Koffi;
  // null: what this process has linked already, libc among it.
  const library = koffi.load(null);
  const socket = library.func('int socket(int, int, int)');
  const sendto = library.func('intptr_t sendto(int, const void *, size_t, int, const void *, uint32_t)');
  const close = library.func('int close(int)');
  const checked = (result: number): number => (result < 0 ? -koffi.errno() : result);
  return {
    socket: (domain, type, protocol) => checked(socket(domain, type, protocol)),
    sendto: (fd, message, flags, address) =>
      checked(sendto(fd, message, message.length, flags, address, address.length)),
    close: (fd) => checked(close(fd)),
  };
}
