import { join } from 'node:path';
import { isTerminal } from '@duende/core/contract';
import { withLock } from '../lock.ts';
import { releaseCid } from './cid.ts';
import type { Context } from './context.ts';
import { failed } from './failures.ts';
import { endVm } from './start-vm.ts';
import { daemonStatus, hasEnded } from './status.ts';
import { machineIdOf, vmIdOf } from './vm-name.ts';
import type { VmRecord } from './vm-record.ts';

const operation = { code: 'SpawnFailed', name: 'spawn' } as const;
/** Milliseconds for which another spawn may be about the same name. */
const patience = 15_000;

const taken = (name: string) =>
  failed(
    operation,
    `A daemon named ${name} is running already`,
    'already-exists',
    `Stop it first (duende stop ${name}), or choose another name`,
  );

/** What a daemon was started from, if that can be read. `folder`: see `discard`. */
export function recordOf({ store }: Context, folder: string): VmRecord | undefined {
  try {
    return store.record(folder);
  } catch {
    // Damaged, or gone.
    return undefined;
  }
}

/** Removes a daemon, or what is left of one, and its VM. `folder`: its name, or the hidden one of a draft. */
export async function discard(context: Context, folder: string, vmId: string | undefined): Promise<void> {
  const { store, paths } = context;
  const record = recordOf(context, folder);
  if (vmId !== undefined) await endVm(context, vmId);
  if (record?.machineId !== undefined) await endVm(context, record.machineId);
  if (record !== undefined) releaseCid(paths, record.cid, record.vmId);
  store.remove(folder);
}

/** Of a spawn that nobody is at any more, and whose daemon was not executed. */
export function isAbandoned({ store }: Context, name: string): boolean {
  const page = store.page(name);
  return typeof page === 'object' && page.state === 'created' && !store.isOwned(name);
}

/** Whether there is no daemon of the name that runs. @throws PlatformError already-exists */
async function requireFree(context: Context, name: string): Promise<'free' | 'ended'> {
  const { store } = context;
  const page = store.page(name);
  if (page === 'missing') return 'free';
  if (isAbandoned(context, name)) {
    await discard(context, name, vmIdOf(name));
    return 'free';
  }
  // Whose it is nobody knows.
  if (page === 'damaged') throw taken(name);
  if (hasEnded(page)) return 'ended';
  const record = recordOf(context, name);
  if (record === undefined) throw taken(name);
  const status = await daemonStatus(context, { name, page, record });
  if (!isTerminal(status)) throw taken(name);
  // What the VM knows of its end goes with the VM.
  store.setEnd(name, status);
  return 'ended';
}

/** Early, before anything is made. @throws PlatformError already-exists */
export async function refuseTaken(context: Context, name: string): Promise<void> {
  await requireFree(context, name);
}

/** A name that was taken for a spawn. */
export interface Claim {
  /** The daemon is there now: what it replaced goes for good. */
  keep(): Promise<void>;
  /** It could not be started: nothing of it stays, and what it replaced comes back. */
  undo(): Promise<void>;
}

/** Gives a draft its name; a daemon that has ended makes room. @throws PlatformError already-exists */
export async function claimName(context: Context, name: string, draft: string): Promise<Claim> {
  const { store } = context;
  const vmId = vmIdOf(name);
  let aside: string | undefined;
  const take = async (): Promise<void> => {
    for (let round = 0; round < 5; round += 1) {
      if ((await requireFree(context, name)) === 'ended') {
        store.own(name);
        aside = store.putAside(name) ?? aside;
        const old = aside === undefined ? undefined : recordOf(context, aside);
        await endVm(context, old === undefined ? vmId : machineIdOf(old));
      }
      if (store.rename(draft, name)) return;
    }
    throw taken(name);
  };
  if ((await withLock(join(store.base, `.${name}.lock`), { patience }, take)) === undefined)
    throw taken(name);
  return {
    keep: async () => {
      if (aside !== undefined) await discard(context, aside, undefined);
    },
    undo: async () => {
      await discard(context, name, vmId);
      if (aside !== undefined && !store.rename(aside, name)) await discard(context, aside, undefined);
    },
  };
}
