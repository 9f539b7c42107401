import { randomBytes } from 'node:crypto';
import type { Connection } from './connection.ts';

/** Milliseconds after which containerd drops what a client that died has left. */
const lifetime = 3_600_000;

/** While `work` goes on, the garbage collector leaves alone what is made under the lease. */
export async function withLease<T>(connection: Connection, work: (lease: string) => Promise<T>): Promise<T> {
  const id = `duende-${randomBytes(8).toString('hex')}`;
  // containerd/gc.md: RFC 3339.
  const expire = new Date(Date.now() + lifetime).toISOString();
  await connection.call('Leases.Create', { id, labels: { 'containerd.io/gc.expire': expire } });
  try {
    return await work(id);
  } finally {
    // It expires by itself otherwise.
    await connection.ask('Leases.Delete', { id }).catch(() => undefined);
  }
}
