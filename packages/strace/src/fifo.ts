import { execFile } from 'node:child_process';
import { constants, openSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

export interface Fifo {
  readonly path: string;
  /** A file descriptor that is open for reading, non-blocking. The caller closes it. */
  readonly reader: number;
  /** Takes the name away once both ends are open. Idempotent. */
  unlink(): Promise<void>;
}

/**
 * A private named pipe. strace opens its output by name, and what Node gives a child as a pipe is a socket, which
 * cannot be opened by name (`/dev/fd/3`: ENXIO).
 */
export async function makeFifo(): Promise<Fifo> {
  const folder = await mkdtemp(join(tmpdir(), 'duende-strace-'));
  const unlink = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    const path = join(folder, 'output');
    await promisify(execFile)('mkfifo', ['-m', '600', path]);
    const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    return { path, reader, unlink };
  } catch (error) {
    await unlink();
    throw error;
  }
}
