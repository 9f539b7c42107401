import { get } from 'node:http';
import { connect } from 'node:net';
import type { Kernel, SpawnOptions } from '../kernel/index.ts';
import { endFamily } from './end-family.ts';

/** One check: why it is not healthy, `undefined` when it is. The signal ends it: it has taken too long. */
export type Probe = (signal: AbortSignal) => Promise<string | undefined>;

/** Accepts a connection. */
export function tcpProbe(host: string, port: number): Probe {
  return (signal) =>
    new Promise((resolve) => {
      const socket = connect({ host, port });
      const conclude = (why: string | undefined) => {
        socket.destroy();
        resolve(why);
      };
      socket.once('connect', () => conclude(undefined));
      socket.on('error', (error) => conclude(error.message));
      signal.addEventListener('abort', () => conclude('it does not answer'), { once: true });
    });
}

/** Answers a GET with 200 to 399. */
export function httpProbe(url: string): Probe {
  return (signal) =>
    new Promise((resolve) => {
      const request = get(url, { agent: false, signal }, ({ statusCode = 0 }) => {
        resolve(statusCode >= 200 && statusCode < 400 ? undefined : `it answers ${statusCode}`);
        request.destroy();
      });
      request.on('error', (error) => resolve(signal.aborted ? 'it does not answer' : error.message));
    });
}

/** Exits with 0. What it prints goes nowhere, as on the other platforms. */
export function commandProbe(kernel: Kernel, options: () => SpawnOptions): Probe {
  return async (signal) => {
    let pid: number;
    try {
      pid = await kernel.spawn(options());
    } catch (error) {
      return `the check cannot be run: ${(error as Error).message}`;
    }
    const kill = () => kernel.signalTree(pid, 'KILL');
    if (signal.aborted) kill();
    signal.addEventListener('abort', kill, { once: true });
    const exit = await kernel.wait(pid);
    signal.removeEventListener('abort', kill);
    await endFamily(kernel, pid);
    if (signal.aborted) return 'the check takes too long';
    if ('code' in exit) return exit.code === 0 ? undefined : `the check exits with ${exit.code}`;
    return `the check ends by ${exit.signal}`;
  };
}
