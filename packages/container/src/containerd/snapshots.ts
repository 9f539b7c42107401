import { randomBytes } from 'node:crypto';
import { EngineError } from '../engine/engine-error.ts';
import type { Connection } from './connection.ts';
import { codes, grpcCode, unlessMissing, unlessThere } from './grpc-error.ts';
import { chainIds, type ResolvedImage } from './images.ts';
import type { Descriptor, SnapshotMount } from './messages.ts';

/** Milliseconds: a large layer on a slow disk. */
const applyDeadline = 600_000;

/** True when there is a snapshot of this name. @throws EngineError `invalid` when there is no such snapshotter. */
async function hasSnapshot(connection: Connection, snapshotter: string, key: string): Promise<boolean> {
  return (await unlessMissing(connection.ask('Snapshots.Stat', { snapshotter, key }))) !== undefined;
}

/** `overlayfs`, or `native` (whole copies) where the file system cannot be a layer of it: containerd then leaves it out. */
export async function findSnapshotter(connection: Connection): Promise<string> {
  try {
    await hasSnapshot(connection, 'overlayfs', 'duende-probe');
    return 'overlayfs';
  } catch (error) {
    if (grpcCode(error) !== codes.invalidArgument) throw error;
    return 'native';
  }
}

/** Containers start from it, so it is left alone as long as the image's config points to it (containerd, docs/garbage-collection.md). */
export const snapshotLabel = (snapshotter: string): string => `containerd.io/gc.ref.snapshot.${snapshotter}`;

/** Makes the snapshots of an image's layers that are missing, as containerd's rootfs.ApplyLayers. Resolves with the topmost one. */
export async function unpack(
  connection: Connection,
  { layers, diffIds }: Pick<ResolvedImage, 'layers' | 'diffIds'>,
  snapshotter: string,
  lease: string,
): Promise<string> {
  const chain = chainIds(diffIds);
  const top = chain.at(-1);
  if (top === undefined || layers.length !== chain.length) {
    throw new EngineError('invalid', `the image has ${layers.length} layers for ${chain.length} diff ids`);
  }
  if (await hasSnapshot(connection, snapshotter, top)) return top;
  for (const [index, name] of chain.entries()) {
    if (await hasSnapshot(connection, snapshotter, name)) continue;
    const layer = { diff: layers[index] as Descriptor, diffId: diffIds[index] as string };
    await apply(connection, { ...layer, name, parent: chain[index - 1] ?? '', snapshotter, lease });
  }
  return top;
}

interface Layer {
  readonly diff: Descriptor;
  readonly diffId: string;
  readonly name: string;
  readonly parent: string;
  readonly snapshotter: string;
  readonly lease: string;
}

async function apply(
  connection: Connection,
  { diff, diffId, name, parent, snapshotter, lease }: Layer,
): Promise<void> {
  const key = `extract-duende-${randomBytes(8).toString('hex')} ${name}`;
  const drop = () => connection.call('Snapshots.Remove', { snapshotter, key }).catch(() => undefined);
  try {
    const prepared = { snapshotter, key, parent };
    const { mounts } = await connection.call<{ mounts: SnapshotMount[] }>('Snapshots.Prepare', prepared, {
      lease,
    });
    const { mediaType, digest, size } = diff;
    const { applied } = await connection.call<{ applied: Descriptor }>(
      'Diff.Apply',
      { diff: { mediaType, digest, size }, mounts },
      { lease, deadline: applyDeadline },
    );
    if (applied.digest !== diffId) {
      throw new EngineError('invalid', `layer ${diff.digest} holds ${applied.digest}, not ${diffId}`);
    }
    // Somebody else may have been as quick.
    const made = await unlessThere(
      connection.call('Snapshots.Commit', { snapshotter, name, key }, { lease, deadline: applyDeadline }),
    );
    if (!made) await drop();
  } catch (error) {
    await drop();
    throw error;
  }
}
