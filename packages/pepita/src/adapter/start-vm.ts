import { linkSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { configError, type DaemonSpec, PlatformError } from '@duende/core/contract';
import { bootMachine } from '../boot/machine.ts';
import type { Rootfs } from '../rootfs/rootfs.ts';
import { removeBridge, startBridge, untilAnswered } from './bridge.ts';
import type { Context } from './context.ts';
import type { VmRecord } from './vm-record.ts';

const rootfsName = 'rootfs';
/** VMs that one process starts at the same time: more only take each other's processor. */
const atOnce = 4;

let running = 0;
const waiting: (() => void)[] = [];

async function inTurn<T>(work: () => Promise<T>): Promise<T> {
  if (running >= atOnce) await new Promise<void>((resolve) => waiting.push(resolve));
  else running += 1;
  try {
    return await work();
  } finally {
    const next = waiting.shift();
    if (next) next();
    else running -= 1;
  }
}

/** A name of the root in the daemon's own folder, so that a restart has it when the cache has dropped it. False: it is elsewhere. */
export function keepRootfs(folder: string, file: string): boolean {
  try {
    rmSync(join(folder, rootfsName), { force: true });
    linkSync(file, join(folder, rootfsName));
    return true;
  } catch {
    return false;
  }
}

function rootfsOf({ store }: Context, name: string, { rootfs }: VmRecord): Rootfs {
  const { key, diskSize, file = join(store.folder(name), rootfsName) } = rootfs;
  return { key, diskSize, file };
}

/** What QEMU refuses, as the setting that is at fault, where it is one. */
function refusal(error: unknown): unknown {
  const message = PlatformError.isInstance(error) ? error.message : '';
  if (/host forwarding rule/.test(message)) {
    const field = 'platform.pepita.ports';
    const hint = 'Another program has it, or it needs root';
    return configError(`${field}: a port of this machine cannot be had: ${message}`, {
      field,
      platform: 'pepita',
      operation: 'spawn',
      hint,
      cause: error,
    });
  }
  return error;
}

/**
 * Starts the VM of a daemon whose folder is ready, and its bridge, and waits until its agent has answered: the daemon is executed from
 * then on, whatever becomes of us.
 * @throws PlatformError; nothing of the VM is left then
 */
export async function startVm(
  context: Context,
  name: string,
  spec: DaemonSpec,
  record: VmRecord,
): Promise<void> {
  const { vmId, kernel, memory, vcpus, network, template, warm } = record;
  const machine = await context.machine(kernel);
  const { policy, ...restart } = spec.restart;
  const vmRestarts = policy !== 'never';
  const hello = async (signal: AbortSignal): Promise<void> => {
    await startBridge(context, { name, vmId, vmRestarts });
    await untilAnswered(context, name, signal);
  };
  try {
    await inTurn(async () => {
      const request = {
        vmId,
        memory,
        vcpus,
        network,
        template,
        hello,
        rootfs: rootfsOf(context, name, record),
      };
      const { notes } = await bootMachine(machine, {
        ...request,
        warm: warm && { programs: warm },
        restart: vmRestarts ? restart : undefined,
      });
      for (const note of notes) context.options.onProgress?.(note);
    });
  } catch (error) {
    await endVm(context, vmId);
    throw refusal(error);
  }
}

/** Ends a VM and its bridge, and removes everything of both. Does nothing when there is nothing. */
export async function endVm(context: Context, vmId: string): Promise<void> {
  await context.vmm.remove(vmId);
  await removeBridge(context, vmId);
}
