import { writeSync } from 'node:fs';
import { formatNotify, type Notifier } from './notifier.ts';

/** CLOCK_MONOTONIC in microseconds, as RELOADING=1 wants it. */
export const monotonicUsec = (): bigint => process.hrtime.bigint() / 1000n;

/**
 * Writes the lines to an inherited file descriptor, at once: a daemon that is ready may exit right after it. When nobody
 * reads them (any more), `onError` is called once and the rest is dropped.
 */
export function createFdNotifier(fd: number, onError: (error: Error) => void): Notifier {
  let broken = false;
  return {
    send(message) {
      if (broken) return;
      try {
        writeSync(fd, formatNotify(message, monotonicUsec()));
      } catch (error) {
        broken = true;
        onError(error as Error);
      }
    },
  };
}

export const silentNotifier: Notifier = { send() {} };
