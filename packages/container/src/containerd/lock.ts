import { setTimeout as sleep } from 'node:timers/promises';
import { EngineError } from '../engine/engine-error.ts';
import type { Connection } from './connection.ts';
import { unlessThere } from './grpc-error.ts';
import type { Timestamp } from './messages.ts';

/** Milliseconds after which a lock is one of a client that died. */
const lifetime = 70_000;

/** Milliseconds between two tries. */
const pause = 20;

async function isStale(connection: Connection, id: string): Promise<boolean> {
  const filters = [`id==${JSON.stringify(id)}`];
  const { leases } = await connection.ask<{ leases: { createdAt: Timestamp | null }[] }>('Leases.List', {
    filters,
  });
  const created = leases[0]?.createdAt;
  return created !== undefined && created !== null && created.seconds * 1000 + lifetime < Date.now();
}

/**
 * One client at a time, of all processes: a lease of this id is made by one only. It holds nothing, and containerd drops it when its
 * client died. @throws EngineError `timeout`
 */
export async function withLock<T>(connection: Connection, id: string, work: () => Promise<T>): Promise<T> {
  const labels = { 'containerd.io/gc.expire': new Date(Date.now() + lifetime).toISOString() };
  const until = Date.now() + lifetime;
  while (!(await unlessThere(connection.call('Leases.Create', { id, labels })))) {
    if (await isStale(connection, id)) await connection.call('Leases.Delete', { id }).catch(() => undefined);
    else if (Date.now() > until) throw new EngineError('timeout', `another client has the lock ${id}`);
    else await sleep(pause);
  }
  try {
    return await work();
  } finally {
    await connection.call('Leases.Delete', { id }).catch(() => undefined);
  }
}
