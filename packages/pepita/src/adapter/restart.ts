import { randomUUID } from 'node:crypto';
import type { DaemonHandle } from '@duende/core/contract';
import { releaseCid, takeCid } from './cid.ts';
import type { Context } from './context.ts';
import { handleOf, requireDaemon } from './daemon.ts';
import { guestConfig } from './guest-config.ts';
import { endVm, startVm } from './start-vm.ts';
import { untilStarted } from './started.ts';
import { machineIdOf } from './vm-name.ts';

const operation = { code: 'SpawnFailed', name: 'restart' } as const;

/** Starts a daemon that has ended again, in a new VM from the same root: another run with an id of its own, whose log goes on. */
export async function restartDaemon(context: Context, handle: DaemonHandle): Promise<DaemonHandle> {
  const { store, paths } = context;
  const { name, record: before } = requireDaemon(context, handle, operation);
  const { machineId: _, ...record } = before;
  const { vmId } = record;
  const spec = store.spec(name);
  const id = randomUUID();
  store.own(name);
  await endVm(context, machineIdOf(before));
  // Another one, unless it was asked for, so that its processes have other numbers, too.
  const next = record.isCidGiven ? record : { ...record, cid: takeCid(paths, vmId, record.cid) };
  if (next !== record) releaseCid(paths, record.cid, vmId);
  store.setRecord(name, next);
  store.prepare(name, { id, name }, guestConfig(id, spec, next));
  try {
    const started = await startVm(context, name, spec, next);
    await untilStarted(context, name, id, spec, started);
  } catch (error) {
    await endVm(context, machineIdOf(store.record(name)));
    const message = error instanceof Error ? error.message : String(error);
    store.setEnd(name, { state: 'failed', reason: 'spawn', restarts: 0, message });
    throw error;
  }
  return handleOf(name, id, next);
}
