import { once } from 'node:events';
import { createReadStream, createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { failure } from '../fail.ts';
import type { QmpClient } from './qmp-client.ts';
import { shortSocketPath } from './vm-socket.ts';

/** Name of the socket in the VM's folder by which its state goes; there only meanwhile. */
const socketName = 'state';
/** Milliseconds that all of it may take; without memory in it, it takes about ten. */
const patience = 60_000;
/** Memory that is a shared file stays where it is. */
const capabilities = [{ capability: 'x-ignore-shared', state: true }];

/** Lets QEMU connect to us once, and gives what it sends to `take`. */
async function withPeer(
  folder: string,
  ask: () => Promise<unknown>,
  take: (socket: Socket) => Promise<void>,
) {
  const { path, close } = shortSocketPath(folder, socketName);
  const server = createServer();
  const signal = AbortSignal.timeout(patience);
  let socket: Socket | undefined;
  try {
    server.listen(path);
    await once(server, 'listening', { signal });
    const connected = once(server, 'connection', { signal }).then(async ([peer]) => {
      socket = peer as Socket;
      await take(socket);
    });
    await Promise.all([ask(), connected]);
  } finally {
    socket?.destroy();
    server.close();
    close();
  }
}

/** Waits for the end of a migration, told by `query-migrate`. */
async function untilComplete(qmp: QmpClient): Promise<void> {
  for (const until = Date.now() + patience; Date.now() < until; await sleep(2)) {
    const { status, ...more } = await qmp.execute<{ status?: string; 'error-desc'?: string }>(
      'query-migrate',
    );
    if (status === 'completed') return;
    if (status === 'failed' || status === 'cancelled') {
      throw failure(`QEMU cannot move the state of the VM: ${more['error-desc'] ?? status}`, 'engine-error');
    }
  }
  throw failure('QEMU has not moved the state of the VM in time', 'timeout');
}

/** Writes the device state of a paused VM to a new file. @throws system errors of the file (ENOSPC), PlatformError */
export async function saveState(qmp: QmpClient, folder: string, file: string): Promise<number> {
  await qmp.execute('migrate-set-capabilities', { capabilities });
  let size = 0;
  const take = async (socket: Socket): Promise<void> => {
    const out = createWriteStream(file, { flags: 'wx', mode: 0o600 });
    await pipeline(socket, out);
    size = out.bytesWritten;
  };
  // Relative: QEMU's working directory is the folder.
  const ask = () => qmp.execute('migrate', { uri: `unix:${socketName}` });
  await withPeer(folder, ask, take);
  await untilComplete(qmp);
  return size;
}

/** Gives a waiting VM the state of a file. @throws PlatformError when QEMU does not take it; the VM is of no use then */
export async function loadState(qmp: QmpClient, folder: string, file: string): Promise<void> {
  await qmp.execute('migrate-set-capabilities', { capabilities });
  await qmp.execute('migrate-incoming', { uri: `unix:${socketName}` });
  const { path, close } = shortSocketPath(folder, socketName);
  const socket = connect(path);
  // QEMU may close once it has what it needs; whether that was all, it says below.
  socket.on('error', () => undefined);
  try {
    const source = createReadStream(file, { highWaterMark: 1024 * 1024 });
    const broken = once(source, 'error').then(([error]) => Promise.reject(error));
    broken.catch(() => undefined);
    source.pipe(socket);
    await Promise.race([untilComplete(qmp), broken]);
  } finally {
    socket.destroy();
    close();
    await rm(join(folder, socketName), { force: true });
  }
}
