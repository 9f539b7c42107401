import { statSync } from 'node:fs';
import { type DaemonHandle, isDaemonName } from '@duende/core/contract';
import { sweepOwnVms } from '../boot/sweep.ts';
import { sweepCids } from './cid.ts';
import { discard, isAbandoned } from './claim.ts';
import type { Context } from './context.ts';
import { damagedHandle, handleOf } from './daemon.ts';
import { vmIdOf } from './vm-name.ts';

/** Milliseconds for which something that is being made, or removed, is left alone. */
const youth = 60_000;

function handleFor({ store }: Context, name: string): DaemonHandle | undefined {
  const page = store.page(name);
  if (page === 'missing') return undefined;
  if (page === 'damaged' || page.name !== name) return damagedHandle(name);
  try {
    return handleOf(name, page.id, store.record(name));
  } catch {
    return damagedHandle(name);
  }
}

export async function findDaemon(context: Context, name: string): Promise<DaemonHandle | undefined> {
  if (!isDaemonName(name)) return undefined;
  if (isAbandoned(context, name)) {
    await discard(context, name, vmIdOf(name));
    return undefined;
  }
  return handleFor(context, name);
}

/** What spawns that were killed have left: drafts go, and what was put aside comes back, or goes where its name is taken. */
async function sweep(context: Context): Promise<void> {
  const { store, paths } = context;
  for (const name of store.names().hidden) {
    if (store.isOwned(name)) continue;
    const page = store.page(name);
    const old = /-old-[0-9a-f-]{36}$/.test(name) && typeof page === 'object' ? page.name : undefined;
    if (old !== undefined && store.rename(name, old)) continue;
    const made = statSync(store.folder(name), { throwIfNoEntry: false })?.ctimeMs ?? Date.now();
    if (old !== undefined || Date.now() - made > youth) await discard(context, name, undefined);
  }
  const known = new Set<number>();
  const { daemons, hidden } = store.names();
  for (const name of [...daemons, ...hidden]) {
    try {
      known.add(store.record(name).cid);
    } catch {
      // Damaged, or gone by now.
    }
  }
  sweepCids(paths, (cid) => known.has(cid));
  await sweepOwnVms(context.vmm, paths);
}

export async function listDaemons(context: Context): Promise<DaemonHandle[]> {
  for (const name of context.store.names().daemons) {
    if (isAbandoned(context, name)) await discard(context, name, vmIdOf(name));
  }
  await sweep(context);
  return context.store.names().daemons.flatMap((name) => handleFor(context, name) ?? []);
}

/** Daemons whose state is damaged: one line each. */
export function findProblems({ store }: Context): string[] {
  return store
    .names()
    .daemons.filter((name) => store.page(name) === 'damaged')
    .map(
      (name) => `The state of ${name} is damaged (${store.folder(name)}). Remove it with: duende rm ${name}`,
    );
}
