import { EngineError } from '../engine/engine-error.ts';
import { readArchive } from './archive.ts';
import type { Connection } from './connection.ts';
import { type Blob, labelBlob, writeBlob } from './content.ts';
import { unlessThere } from './grpc-error.ts';
import { withLease } from './lease.ts';
import type { Descriptor } from './messages.ts';
import { findSnapshotter, snapshotLabel, unpack } from './snapshots.ts';

const manifestType = 'application/vnd.oci.image.manifest.v1+json';
const configType = 'application/vnd.oci.image.config.v1+json';
const layerType = 'application/vnd.oci.image.layer.v1.tar';

/** The blobs that a manifest points to: the garbage collector reads labels, not manifests. */
function references(config: Blob, layers: readonly Blob[]): Record<string, string> {
  const all = [config, ...layers].map(({ digest }, index) => [
    `containerd.io/gc.ref.content.${index}`,
    digest,
  ]);
  return Object.fromEntries(all);
}

/** A docker-archive becomes an image that containers can be made of at once. May be done again. @throws EngineError `invalid`, `full` */
export async function loadImage(
  connection: Connection,
  archive: AsyncIterable<Buffer>,
  reference: string,
): Promise<void> {
  await withLease(connection, async (lease) => {
    const snapshotter = await findSnapshotter(connection);
    const { config, diffIds, layers } = await readArchive(connection, archive, lease);
    const described = layers.map(
      (blob): Descriptor => ({
        mediaType: blob.compressed ? `${layerType}+gzip` : layerType,
        digest: blob.digest,
        size: blob.size,
      }),
    );
    const top = await unpack(connection, { layers: described, diffIds }, snapshotter, lease);
    const configLabels = { [snapshotLabel(snapshotter)]: top };
    const configBlob = await writeBlob(connection, [config], { lease, labels: () => configLabels });
    // It may have been there before, for another snapshotter.
    await labelBlob(connection, configBlob.digest, configLabels);
    const manifest = JSON.stringify({
      schemaVersion: 2,
      mediaType: manifestType,
      config: { mediaType: configType, ...configBlob },
      layers: described,
    });
    const manifestLabels = references(configBlob, layers);
    const written = await writeBlob(connection, [Buffer.from(manifest)], {
      lease,
      labels: () => manifestLabels,
    });
    await labelBlob(connection, written.digest, manifestLabels);
    await register(connection, reference, { mediaType: manifestType, ...written });
  });
}

async function register(connection: Connection, name: string, target: Descriptor): Promise<void> {
  const image = { name, target, labels: { 'io.duende': 'image' } };
  if (await unlessThere(connection.call('Images.Create', { image }))) return;
  await connection.call('Images.Update', { image, updateMask: { paths: ['target'] } }).catch((error) => {
    throw error instanceof EngineError ? error : connection.explain(error);
  });
}
