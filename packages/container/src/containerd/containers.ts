import type { ContainerPlan } from '../engine/engine.ts';
import { EngineError } from '../engine/engine-error.ts';
import type { Connection } from './connection.ts';
import { containerId } from './container-id.ts';
import { isAlreadyThere, isNotFound, unlessMissing } from './grpc-error.ts';
import type { HostFacts } from './host-facts.ts';
import { chainIds, type ResolvedImage, resolveImage } from './images.ts';
import { labelFilter, splitLabels, startedLabel } from './labels.ts';
import { withLease } from './lease.ts';
import type { ContainerRecord } from './messages.ts';
import { checkPlan, renderRuntimeSpec } from './runtime-spec.ts';
import { unpack } from './snapshots.ts';

/** What containerd/containerd calls an OCI spec in an Any: the value is JSON. */
const specType = 'types.containerd.io/opencontainers/runtime-spec/1/Spec';

/**
 * The name is the id, so that only one client gets it. The container comes first, and its root file system then: the garbage
 * collector leaves alone what a container points to. @throws EngineError `conflict`, `no-image`, `invalid`
 */
export async function createContainer(
  connection: Connection,
  plan: ContainerPlan,
  host: HostFacts,
  snapshotter: string,
): Promise<string> {
  checkPlan(plan);
  const id = containerId(plan.name);
  const image = await resolveImage(connection, plan.image);
  const spec = renderRuntimeSpec(plan, image.config, host);
  const container = {
    id,
    ...splitLabels(plan),
    image: image.name,
    runtime: { name: 'io.containerd.runc.v2' },
    spec: { type_url: specType, value: Buffer.from(JSON.stringify(spec)) },
    snapshotter,
    snapshotKey: id,
  };
  await connection.call('Containers.Create', { container }).catch((error) => {
    if (!isAlreadyThere(error)) throw error;
    throw new EngineError('conflict', `the container ${plan.name} is there already`, { cause: error });
  });
  try {
    await prepareRoot(connection, id, image, snapshotter);
  } catch (error) {
    await connection.call('Containers.Delete', { id }).catch(() => undefined);
    throw error;
  }
  return id;
}

async function prepareRoot(
  connection: Connection,
  key: string,
  image: ResolvedImage,
  snapshotter: string,
): Promise<void> {
  const parent = chainIds(image.diffIds).at(-1) ?? '';
  const prepare = () => connection.call('Snapshots.Prepare', { snapshotter, key, parent });
  try {
    await prepare();
  } catch (error) {
    if (isAlreadyThere(error)) {
      // Of an earlier container of that name, not collected yet.
      await unlessMissing(connection.call('Snapshots.Remove', { snapshotter, key }));
    } else if (isNotFound(error)) {
      // Somebody loaded the image without unpacking it, or for another snapshotter.
      await withLease(connection, async (lease) => {
        await unpack(connection, image, snapshotter, lease);
        await prepare();
      });
      return;
    } else throw error;
    await prepare();
  }
}

export async function getContainer(connection: Connection, id: string): Promise<ContainerRecord | undefined> {
  const found = await unlessMissing(connection.ask<{ container: ContainerRecord }>('Containers.Get', { id }));
  return found?.container;
}

export async function listContainers(
  connection: Connection,
  labels: Readonly<Record<string, string>>,
): Promise<readonly ContainerRecord[]> {
  const filters = labelFilter(labels);
  const { containers } = await connection.ask<{ containers: ContainerRecord[] }>('Containers.List', {
    filters,
  });
  return containers;
}

/** Notes when it was started, an empty text for never: see labels.ts. */
export async function noteStart(connection: Connection, id: string, time: string): Promise<void> {
  await connection.call('Containers.Update', {
    container: { id, labels: { [startedLabel]: time } },
    updateMask: { paths: [`labels.${startedLabel}`] },
  });
}

/** With its root file system; no error when there is none. */
export async function deleteContainer(
  connection: Connection,
  { id, snapshotter, snapshotKey }: Pick<ContainerRecord, 'id' | 'snapshotter' | 'snapshotKey'>,
): Promise<void> {
  await unlessMissing(connection.call('Containers.Delete', { id }));
  await unlessMissing(connection.call('Snapshots.Remove', { snapshotter, key: snapshotKey }));
}
