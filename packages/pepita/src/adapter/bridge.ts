import { join } from 'node:path';
import { PlatformError } from '@duende/core/contract';
import { watchChanges } from '@duende/program';
import { findPrebuilt } from '../agent/find-agent.ts';
import { vmFiles } from '../qemu/vm-config.ts';
import type { Context } from './context.ts';

/** Bytes of what a bridge and the guest's agent say that are kept: two files of these. */
const logSize = 64 * 1024;

interface BridgeOptions {
  readonly name: string;
  readonly vmId: string;
  /** The VM is started again when it dies; otherwise the bridge ends with it. */
  readonly vmRestarts: boolean;
  /** See `Vmm`. */
  readonly vsockPort?: number | undefined;
}

/** Starts the bridge of a VM, which mirrors its guest into the folder of the daemon, and is started again when it is killed. */
export async function startBridge(
  context: Context,
  { name, vmId, vmRestarts, vsockPort }: BridgeOptions,
): Promise<void> {
  const { paths, store } = context;
  const bridges = await context.bridges();
  await removeBridge(context, vmId);
  const socket = join(paths.vm(vmId), vmFiles.agent);
  await bridges.spawn({
    name: vmId,
    program: findPrebuilt('duende-bridge'),
    args: [
      ...['--connect', socket, '--run', store.run(name)],
      ...(vsockPort === undefined ? [] : ['--vsock', String(vsockPort)]),
      ...(vmRestarts ? [] : ['--once']),
    ],
    restart: { policy: 'on-failure', delay: 10, factor: 2, maxDelay: 1000, maxRestarts: 0 },
    logs: { maxSize: logSize, files: 1 },
  });
}

/** Ends the bridge of a VM, if there is one, and forgets it. */
export async function removeBridge(context: Context, vmId: string): Promise<void> {
  const bridges = await context.bridges();
  const handle = await bridges.find(vmId);
  for (let left = 4; handle; left -= 1) {
    try {
      return await bridges.remove(handle, { force: true });
    } catch (error) {
      // On a busy machine a supervisor answers late.
      if (left === 1 || !PlatformError.isInstance(error) || error.reason !== 'timeout') throw error;
    }
  }
}

/** What the bridge and the guest's agent have said last. */
export async function bridgeSaid(context: Context, vmId: string, lines: number): Promise<string[]> {
  const bridges = await context.bridges();
  const handle = await bridges.find(vmId);
  if (handle === undefined) return [];
  const said: string[] = [];
  for await (const { text } of bridges.logs(handle, { tail: lines })) said.push(text);
  return said;
}

/** Resolves when the guest has answered the bridge, or when the signal is aborted. */
export async function untilAnswered({ store }: Context, name: string, signal: AbortSignal): Promise<void> {
  const changes = watchChanges(store.run(name));
  const onAbort = (): void => changes.close();
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    while (!signal.aborted && store.answeredAt(name) === 0) await changes.next(100);
  } finally {
    signal.removeEventListener('abort', onAbort);
    changes.close();
  }
}
