import { randomUUID } from 'node:crypto';
import {
  assertEnforceable,
  type Capabilities,
  configError,
  type DaemonHandle,
  type DaemonSpec,
  type DaemonSpecInput,
  PlatformError,
} from '@duende/core/contract';
import { rehearsalsOf } from '../spare/rehearsal.ts';
import { mayBeSpare, spareKey } from '../spare/spare-key.ts';
import { vmmKinds } from '../vmm-rest/vmm-kind.ts';
import { pepitaCapabilities } from './capabilities.ts';
import { releaseCid, takeCid, takeGivenCid } from './cid.ts';
import { claimName, refuseTaken } from './claim.ts';
import type { Context } from './context.ts';
import { handleOf } from './daemon.ts';
import { storeError } from './failures.ts';
import { guestConfig } from './guest-config.ts';
import { planVm } from './plan-vm.ts';
import { readSettings } from './read-settings.ts';
import { keepRootfs, startVm, vmRequestOf } from './start-vm.ts';
import { untilStarted } from './started.ts';
import { vmIdOf } from './vm-name.ts';
import type { VmRecord } from './vm-record.ts';

/** The draft of a daemon's folder, complete. */
function makeDraft(context: Context, id: string, spec: DaemonSpec, record: VmRecord): string {
  const { store } = context;
  const draft = store.draft(spec, record);
  try {
    const { file, ...rootfs } = record.rootfs;
    const isKept = file !== undefined && keepRootfs(store.folder(draft), file);
    if (isKept) store.setRecord(draft, { ...record, rootfs });
    store.prepare(draft, { id, name: spec.name }, guestConfig(id, spec, record));
    return draft;
  } catch (error) {
    store.remove(draft);
    throw PlatformError.isInstance(error) ? error : storeError(store.base, error);
  }
}

function reserveCid({ paths }: Context, vmId: string, given?: number): number {
  let other: string | undefined;
  try {
    if (given === undefined) return takeCid(paths, vmId);
    other = takeGivenCid(paths, vmId, given);
  } catch (error) {
    throw storeError(paths.cids, error);
  }
  if (other === undefined) return given;
  const field = 'platform.pepita.vsockCid';
  throw configError(`${field}: ${other} has ${given}`, {
    ...{ field, platform: 'pepita', operation: 'spawn' },
    hint: 'Leave it out for the next free one, or remove that VM (pepita list)',
  });
}

/** The next one like it may find a VM ready. */
async function keepSpare(context: Context, spec: DaemonSpec, record: VmRecord): Promise<void> {
  const { file = '', ...rootfs } = record.rootfs;
  const machine = await context.machine(record.kernel, record.vmm ?? 'qemu');
  if (machine.accel !== 'tcg' || file === '' || !mayBeSpare(record)) return;
  context.spares.started(spareKey(spec, record), () => ({
    machine,
    request: vmRequestOf(spec, record, { ...rootfs, file }),
    rehearsals: rehearsalsOf(spec, record),
  }));
}

/** Starts a VM with a daemon in it. @throws PlatformError see PlatformAdapter.spawn */
export async function spawnDaemon(
  context: Context,
  spec: DaemonSpec,
  capabilities: Capabilities,
  input?: DaemonSpecInput,
): Promise<DaemonHandle> {
  const { vmm } = context.options;
  // Before the rest of the settings is looked at: it names those that there are not.
  const asked = vmmKinds.find((kind) => kind === spec.platform.pepita?.vmm) ?? vmm;
  assertEnforceable(spec, asked === vmm ? capabilities : pepitaCapabilities(asked), 'pepita', input);
  const settings = readSettings(spec, vmm);
  const { name } = spec;
  await refuseTaken(context, name);
  const [plan] = await Promise.all([
    planVm(context, spec, settings),
    context.machine(settings.kernel, settings.vmm),
  ]);
  const id = randomUUID();
  const vmId = vmIdOf(name);
  const cid = reserveCid(context, vmId, settings.vsockCid);
  const release = (error: unknown): never => {
    releaseCid(context.paths, cid, vmId);
    throw error;
  };
  let draft = '';
  try {
    draft = makeDraft(context, id, spec, {
      ...{ ...plan, vmId, cid },
      ...(settings.vsockCid === undefined ? {} : { isCidGiven: true }),
    });
  } catch (error) {
    release(error);
  }
  const claim = await claimName(context, name, draft).catch((error: unknown) => {
    context.store.remove(draft);
    return release(error);
  });
  try {
    const record = await startVm(context, name, spec, context.store.record(name));
    await untilStarted(context, name, id, spec, record);
    await claim.keep();
    await keepSpare(context, spec, { ...record, rootfs: plan.rootfs });
    return handleOf(name, id, record);
  } catch (error) {
    await claim.undo();
    throw error;
  }
}
