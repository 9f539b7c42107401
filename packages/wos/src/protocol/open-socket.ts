import { connect, type Socket } from 'node:net';
import { openSocketPath } from '@duende/program';
import { kernelIsNotThere, wosError } from './errors.ts';

/** Connects to the control socket in the folder. @throws PlatformError StatusFailed: unavailable, permission-denied */
export async function openSocket(folder: string): Promise<Socket> {
  const place = openSocketPath(folder);
  if (place === undefined) throw kernelIsNotThere();
  try {
    return await new Promise<Socket>((resolve, reject) => {
      const socket = connect(place.path);
      socket.once('error', reject);
      socket.once('connect', () => {
        socket.off('error', reject);
        resolve(socket);
      });
    });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ECONNREFUSED' || code === 'ENOTDIR') throw kernelIsNotThere(error);
    const reason = code === 'EACCES' || code === 'EPERM' ? 'permission-denied' : 'engine-error';
    throw wosError('StatusFailed', reason, `The kernel cannot be reached: ${message}`, { cause: error });
  } finally {
    place.close();
  }
}
