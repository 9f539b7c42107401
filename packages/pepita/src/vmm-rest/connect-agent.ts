import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { vmFiles } from '../qemu/vm-config.ts';
import { shortSocketPath } from '../qemu/vm-socket.ts';
import { connectVsock } from './vsock-channel.ts';

/**
 * A connection to the agent of a VM, whatever VMM runs it.
 * @param folder of the VM
 * @param vsockPort of the VMM; `undefined` where the agent is at the other end of the socket itself
 * @returns a paused socket
 * @throws AbortError of the signal; errors of the socket (ENOENT, ECONNREFUSED) when the VMM is gone
 */
export async function connectAgent(
  folder: string,
  vsockPort: number | undefined,
  signal: AbortSignal,
): Promise<Socket> {
  if (vsockPort !== undefined) return await connectVsock(folder, vsockPort, signal);
  signal.throwIfAborted();
  const { path, close } = shortSocketPath(folder, vmFiles.agent);
  const socket = connect(path).pause();
  try {
    await once(socket, 'connect', { signal });
    return socket;
  } catch (error) {
    socket.destroy();
    throw error;
  } finally {
    close();
  }
}
