import { chmodSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { openSocketPath } from '@duende/program';
import type { WosPaths } from './paths.ts';

/**
 * Listens on the control socket. Who holds the lock may remove what is there: it was left by a kernel that was killed.
 * @throws Error of the system
 */
export async function listen(paths: WosPaths, take: (socket: Socket) => void): Promise<Server> {
  rmSync(paths.socket, { force: true });
  const place = openSocketPath(paths.base);
  if (place === undefined) throw new Error(`The folder ${paths.base} is gone`);
  const server = createServer(take);
  // Made for this user alone from its first moment on; the mask is the process's own again at once.
  const mask = process.umask(0o177);
  try {
    const listening = new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.once('listening', resolve);
    });
    server.listen(place.path);
    process.umask(mask);
    await listening;
  } finally {
    process.umask(mask);
    place.close();
  }
  chmodSync(paths.socket, 0o600);
  return server;
}
