import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { type DaemonHandle, PlatformError } from '@duende/core/contract';
import { startBridge, untilAnswered } from '../adapter/bridge.ts';
import { releaseCid, takeCid } from '../adapter/cid.ts';
import { claimName, refuseTaken } from '../adapter/claim.ts';
import type { Context } from '../adapter/context.ts';
import { handleOf } from '../adapter/daemon.ts';
import { asOperation, storeError } from '../adapter/failures.ts';
import type { VmRecord } from '../adapter/vm-record.ts';
import { awaitAgent } from '../boot/await-agent.ts';
import { type Machine, openMachine, vmConfig } from '../boot/machine.ts';
import { mostCpu } from '../boot/watchdog.ts';
import { copyImage } from './copy-image.ts';
import { readSnapshot, requireSame, type SnapshotRecord, snapshotFiles } from './snapshot-files.ts';

const operation = { code: 'SpawnFailed', name: 'restore' } as const;

/** The folder of the daemon as it was, under a hidden name. */
async function makeDraft(
  { store }: Context,
  { spec }: SnapshotRecord,
  vm: VmRecord,
  folder: string,
): Promise<string> {
  const draft = store.draft(spec, vm);
  try {
    await copyImage(join(folder, snapshotFiles.rootfs), join(store.folder(draft), 'rootfs'));
    await cp(join(folder, snapshotFiles.run), store.run(draft), { recursive: true });
    return draft;
  } catch (error) {
    store.remove(draft);
    throw storeError(store.base, error);
  }
}

async function start(
  context: Context,
  machine: Machine,
  { name, spec }: SnapshotRecord,
  vm: VmRecord,
  state: string,
): Promise<void> {
  const { store, paths } = context;
  const { vmId, memory, vcpus, network } = vm;
  const { policy, ...restart } = spec.restart;
  const vmRestarts = policy !== 'never';
  const rootfs = {
    key: vm.rootfs.key,
    diskSize: vm.rootfs.diskSize,
    file: join(store.folder(name), 'rootfs'),
  };
  const request = { vmId, memory, vcpus, network, rootfs, restart: vmRestarts ? restart : undefined };
  await machine.vmm.start(vmId, vmConfig(machine, request), state);
  const hello = async (signal: AbortSignal): Promise<void> => {
    await startBridge(context, { name, vmId, vmRestarts });
    await untilAnswered(context, name, signal);
  };
  await awaitAgent({ vmm: machine.vmm, vmId, paths, hello, most: mostCpu.clone });
}

/** Its own number if it is free, since the processes of the guest have theirs by it; else the next one. */
function takeOwnCid({ paths }: Context, { vmId, cid }: VmRecord): number {
  try {
    return takeCid(paths, vmId, cid - 1);
  } catch (error) {
    throw storeError(paths.cids, error);
  }
}

/**
 * Brings a VM back from a snapshot, under its own name and with its own run: its program goes on where it was. The guest is told the
 * time, and given fresh randomness.
 * @throws PlatformError Config for what is no snapshot or does not fit this machine; SpawnFailed / already-exists ...; nothing is left then
 */
export async function restoreSnapshot(context: Context, folder: string): Promise<DaemonHandle> {
  const snapshot = await readSnapshot(folder);
  const { name, id } = snapshot;
  const { vmId } = snapshot.vm;
  await refuseTaken(context, name);
  const { stateDirectory } = context.options;
  const { accel } = snapshot.madeWith;
  const machine = await openMachine({
    stateDirectory,
    kernel: snapshot.vm.kernel ?? context.options.kernel,
    accel,
  });
  requireSame(snapshot, machine);
  const vm = { ...snapshot.vm, cid: takeOwnCid(context, snapshot.vm) };
  let draft: string | undefined;
  try {
    draft = await makeDraft(context, snapshot, vm, folder);
    const claim = await claimName(context, name, draft);
    try {
      await start(context, machine, snapshot, vm, join(folder, snapshotFiles.state));
    } catch (error) {
      await claim.undo();
      throw PlatformError.isInstance(error)
        ? error
        : asOperation(operation, error, `Cannot bring ${name} back`);
    }
    await claim.keep();
    return handleOf(name, id, vm);
  } catch (error) {
    if (draft !== undefined) context.store.remove(draft);
    releaseCid(context.paths, vm.cid, vmId);
    throw error;
  } finally {
    await machine.vmm.close();
  }
}
