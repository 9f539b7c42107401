import type { DaemonStats } from '@duende/core/contract';
import type { ContainerPlan, ContainerState, Engine, EngineInfo } from '../engine/engine.ts';
import { EngineError } from '../engine/engine-error.ts';
import type { Subscribers } from '../engine/subscribers.ts';
import { Connection } from './connection.ts';
import { containerId } from './container-id.ts';
import { toState } from './container-state.ts';
import { createContainer, deleteContainer, getContainer, listContainers, noteStart } from './containers.ts';
import { eventsOf } from './events.ts';
import { unlessMissing } from './grpc-error.ts';
import { hostFacts } from './host-facts.ts';
import { findImage } from './images.ts';
import { readInfo } from './info.ts';
import { hasLabels } from './labels.ts';
import { loadImage } from './load-image.ts';
import { findSnapshotter } from './snapshots.ts';
import { startTask } from './start-task.ts';
import { readStats } from './stats.ts';
import { getTask, killTask, listTasks, pauseTask, removeTask, resumeTask } from './tasks.ts';

export const defaultContainerdAddress = 'unix:///run/containerd/containerd.sock';

export interface ContainerdOptions {
  readonly address?: string;
  /** containerd keeps images and containers of each namespace apart. */
  readonly namespace?: string;
  /**
   * A static duende-init of this machine, which runc calls as a hook (`duende-init loopback`) to bring `lo` up in a network of the
   * container's own. Not needed where a plan mounts it as the program to run.
   */
  readonly init?: string;
}

/** containerd over gRPC. Docker's networks, published ports and logs are not in it. */
export class ContainerdEngine implements Engine {
  readonly runtime = 'containerd';
  readonly address: string;
  readonly namespace: string;
  readonly #connection: Connection;
  readonly #events: Subscribers;
  readonly #init: string | undefined;
  #snapshotter: Promise<string> | undefined;

  constructor({ address = defaultContainerdAddress, namespace = 'duende', init }: ContainerdOptions = {}) {
    this.address = address;
    this.namespace = namespace;
    this.#init = init;
    this.#connection = new Connection(address, namespace);
    this.#events = eventsOf(this.#connection);
  }

  async info(): Promise<EngineInfo> {
    return await readInfo(this.#connection);
  }

  async findImage(reference: string): Promise<boolean> {
    return (await findImage(this.#connection, reference)) !== undefined;
  }

  async loadImage(archive: () => AsyncIterable<Buffer>, reference: string): Promise<void> {
    await loadImage(this.#connection, archive(), reference);
  }

  /** @throws EngineError `invalid`: there is no pull in the API of containerd 1.6. */
  async pullImage(reference: string): Promise<void> {
    const pull = `ctr --namespace ${this.namespace} images pull ${reference}`;
    throw new EngineError(
      'invalid',
      `containerd's API cannot pull ${reference} (its clients do that): run ${pull} first, or use docker or podman`,
    );
  }

  /** With what only this image used: it is gone when this resolves. */
  async removeImage(reference: string): Promise<void> {
    const found = await findImage(this.#connection, reference);
    if (found) await unlessMissing(this.#connection.call('Images.Delete', { name: found.name, sync: true }));
  }

  async create(plan: ContainerPlan): Promise<string> {
    return await createContainer(
      this.#connection,
      plan,
      hostFacts(this.#init),
      await this.#findSnapshotter(),
    );
  }

  /** Nothing when it runs already. */
  async start(name: string): Promise<void> {
    const id = containerId(name);
    const container = await getContainer(this.#connection, id);
    if (!container) throw new EngineError('not-found', `containerd has no container ${name}`);
    await startTask(this.#connection, container, (time) => noteStart(this.#connection, id, time));
  }

  async kill(id: string, signal: string): Promise<void> {
    await killTask(this.#connection, containerId(id), signal);
  }

  async pause(id: string): Promise<void> {
    await pauseTask(this.#connection, containerId(id));
  }

  async unpause(id: string): Promise<void> {
    await resumeTask(this.#connection, containerId(id));
  }

  async inspect(name: string): Promise<ContainerState | undefined> {
    const id = containerId(name);
    const [container, task] = await Promise.all([
      getContainer(this.#connection, id),
      getTask(this.#connection, id),
    ]);
    return container && toState(container, task);
  }

  async list(labels: Readonly<Record<string, string>>): Promise<ContainerState[]> {
    const containers = await listContainers(this.#connection, labels);
    if (containers.length === 0) return [];
    const tasks = await listTasks(this.#connection);
    const states = containers.map((container) => toState(container, tasks.get(container.id)));
    return states.filter((state) => hasLabels(state.labels, labels));
  }

  async remove(name: string): Promise<void> {
    const id = containerId(name);
    const container = await getContainer(this.#connection, id);
    await removeTask(this.#connection, id);
    if (container) await deleteContainer(this.#connection, container);
  }

  watch(id: string, changed: (news: 'changed' | 'gap') => void): () => void {
    return this.#events.add(containerId(id), changed);
  }

  async watching(): Promise<void> {
    await this.#events.ready();
  }

  async stats(id: string): Promise<DaemonStats> {
    return await readStats(this.#connection, containerId(id));
  }

  close(): void {
    this.#events.close();
    this.#connection.close();
  }

  #findSnapshotter(): Promise<string> {
    this.#snapshotter ??= findSnapshotter(this.#connection).catch((error) => {
      this.#snapshotter = undefined;
      throw error;
    });
    return this.#snapshotter;
  }
}
