import { linkSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { configError, type DaemonSpec, PlatformError } from '@duende/core/contract';
import { awaitAgent } from '../boot/await-agent.ts';
import { bootMachine, type VmRequest } from '../boot/machine.ts';
import { mostCpu } from '../boot/watchdog.ts';
import { messageOf } from '../fail.ts';
import type { Rootfs } from '../rootfs/rootfs.ts';
import { spareKey } from '../spare/spare-key.ts';
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

/** Pure: the VM of a record as `bootMachine` takes it, without what is its own. */
export function vmRequestOf(
  { restart: { policy, ...restart } }: DaemonSpec,
  { memory, vcpus, network, template, warm, cid, isCidGiven, user: { uid, gid } }: VmRecord,
  rootfs: Rootfs,
): Omit<VmRequest, 'vmId' | 'hello'> {
  return {
    memory,
    vcpus,
    network,
    template,
    rootfs,
    cid: isCidGiven ? cid : undefined,
    warm: warm && { programs: warm, ...(warm.length > 0 ? { user: { uid, gid } } : {}) },
    restart: policy === 'never' ? undefined : restart,
  };
}

async function startBridged(
  context: Context,
  name: string,
  spec: DaemonSpec,
  { vmId, vsockPort }: { readonly vmId: string; readonly vsockPort?: number | undefined },
  signal: AbortSignal,
) {
  await startBridge(context, { name, vmId, vsockPort, vmRestarts: spec.restart.policy !== 'never' });
  await untilAnswered(context, name, signal);
}

/** The record with a VM that was kept ready, if there is one like it. */
async function startSpare(
  context: Context,
  name: string,
  spec: DaemonSpec,
  record: VmRecord,
): Promise<VmRecord | undefined> {
  const { spares, store, paths } = context;
  let taken: VmRecord | undefined;
  const vmId = await spares.take(spareKey(spec, record), (machineId) => {
    taken = { ...record, machineId };
    store.setRecord(name, taken);
  });
  try {
    if (vmId !== undefined) {
      const { vmm } = await context.machine(record.kernel, record.vmm ?? 'qemu');
      const hello = (signal: AbortSignal) => startBridged(context, name, spec, { vmId }, signal);
      await awaitAgent({ vmm, vmId, paths, hello, most: mostCpu.clone });
      return taken;
    }
  } catch (error) {
    await endVm(context, vmId ?? '');
    context.options.onProgress?.(`The VM that was kept ready does not answer: ${messageOf(error)}`);
  }
  if (taken !== undefined) store.setRecord(name, record);
  return undefined;
}

/**
 * Starts the VM of a daemon whose folder is ready, and its bridge, and waits until its agent has answered: the daemon is executed from
 * then on, whatever becomes of us.
 * @returns the record, with the VM that it has
 * @throws PlatformError; nothing of the VM is left then
 */
export async function startVm(
  context: Context,
  name: string,
  spec: DaemonSpec,
  record: VmRecord,
): Promise<VmRecord> {
  const { vmId, kernel, vmm = 'qemu' } = record;
  const machine = await context.machine(kernel, vmm);
  const kept = await startSpare(context, name, spec, record);
  if (kept !== undefined) return kept;
  const hello = (signal: AbortSignal) =>
    startBridged(context, name, spec, { vmId, vsockPort: machine.vmm.vsockPort }, signal);
  try {
    const request = vmRequestOf(spec, record, rootfsOf(context, name, record));
    const { notes } = await inTurn(() => bootMachine(machine, { ...request, vmId, hello }));
    for (const note of notes) context.options.onProgress?.(note);
    return record;
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
