import { fstatSync, statSync, writeSync } from 'node:fs';
import { devNull } from 'node:os';
import type { Sink } from './output.ts';

/**
 * A sink for a file descriptor of this process. Terminals get Node's stream; files and pipes are written to directly,
 * since loading the stream and its network code takes longer than a whole `duende status`.
 */
export function sinkOf(
  descriptor: 1 | 2,
  stream: () => NodeJS.WriteStream,
  onError: (error: NodeJS.ErrnoException) => void,
): Sink {
  if (mayBeTerminal(descriptor)) {
    const terminal = stream();
    terminal.on('error', onError);
    return terminal;
  }
  return {
    write(text) {
      try {
        writeAll(descriptor, Buffer.from(text));
      } catch (error) {
        onError(error as NodeJS.ErrnoException);
      }
    },
  };
}

/** A character device other than /dev/null. */
function mayBeTerminal(descriptor: number): boolean {
  try {
    const stats = fstatSync(descriptor);
    return stats.isCharacterDevice() && stats.rdev !== statSync(devNull).rdev;
  } catch {
    return false;
  }
}

function writeAll(descriptor: number, bytes: Buffer): void {
  let written = 0;
  while (written < bytes.length) {
    try {
      written += writeSync(descriptor, bytes, written);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      // Somebody who shares the pipe has made it non-blocking, and the reader is slow: wait 2 ms for it.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2);
    }
  }
}
