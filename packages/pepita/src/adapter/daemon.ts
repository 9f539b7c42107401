import { type DaemonHandle, parseHandle } from '@duende/core/contract';
import type { StatePage } from '@duende/program';
import type { Context } from './context.ts';
import { failed, type Operation } from './failures.ts';
import { vmIdOf } from './vm-name.ts';
import type { VmRecord } from './vm-record.ts';

/** A daemon that is there. */
export interface Found {
  readonly name: string;
  readonly page: StatePage;
  readonly record: VmRecord;
}

export function handleOf(
  name: string,
  id: string,
  { vmId, cid }: Pick<VmRecord, 'vmId' | 'cid'>,
): DaemonHandle {
  return { version: 1, name, platform: 'pepita', id, data: { kind: 'pepita', vmId, vsockCid: cid } };
}

/** Of one whose state is damaged, so that it can be looked at and removed. */
export const damagedHandle = (name: string): DaemonHandle =>
  handleOf(name, '', { vmId: vmIdOf(name), cid: 0 });

/**
 * The daemon that a handle means.
 * @throws PlatformError not-found when it was removed or replaced, engine-error when its state is damaged
 */
export function requireDaemon({ store }: Context, handle: DaemonHandle, operation: Operation): Found {
  // It may come from anywhere: a name out of it becomes a path here.
  parseHandle(handle);
  const { name } = handle;
  const page = store.page(name);
  if (typeof page === 'object' && page.id === handle.id) {
    try {
      return { name, page, record: store.record(name) };
    } catch {
      // Below.
    }
  }
  if (page === 'missing' || (typeof page === 'object' && page.id !== handle.id)) {
    const why = page === 'missing' ? 'it was removed' : 'a later one has its name';
    const hint = 'duende ps lists the daemons that there are';
    throw failed(operation, `No daemon ${name} with this handle: ${why}`, 'not-found', hint);
  }
  throw failed(
    operation,
    `The state of ${name} is damaged: ${store.folder(name)}`,
    'engine-error',
    `Remove it with: duende rm ${name}`,
  );
}
