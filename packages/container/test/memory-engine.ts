import { randomBytes } from 'node:crypto';
import type { ContainerPlan, ContainerState, Engine, EngineInfo, Runtime } from '../src/engine/engine.ts';
import { EngineError } from '../src/engine/engine-error.ts';
import { runningState } from './plans.ts';

/** An engine that keeps names and containers, and nothing else: what a real one does at a moment of our choice. */
export class MemoryEngine implements Engine {
  readonly runtime: Runtime = 'docker';
  readonly address = 'memory';
  readonly containers = new Map<string, ContainerState>();
  /** `create duende-web`, in order. */
  readonly calls: string[] = [];
  /** Before each call: throws what the engine answers, or does what others do meanwhile. */
  before: (call: string) => void | Promise<void> = () => undefined;
  readonly rename?: (id: string, name: string) => Promise<void>;

  constructor({ renames = true } = {}) {
    if (renames) {
      this.rename = async (id, name) => {
        await this.#called(`rename ${this.#need(id).name} ${name}`);
        // As Docker, daemon/rename.go.
        if (this.#need(id).name === name)
          throw new EngineError('invalid', 'Renaming a container with the same name as its current name');
        this.#free(name);
        this.containers.set(id, { ...this.#need(id), name });
      };
    }
  }

  get names(): string[] {
    return [...this.containers.values()].map(({ name }) => name).sort();
  }

  /** As somebody else would, without a call of ours. */
  put(more: Partial<ContainerState>): ContainerState {
    const container = { ...runningState, id: randomBytes(32).toString('hex'), ...more };
    this.#free(container.name);
    this.containers.set(container.id, container);
    return container;
  }

  async create(plan: ContainerPlan): Promise<string> {
    await this.#called(`create ${plan.name}`);
    return this.put({ name: plan.name, labels: plan.labels, state: 'created' }).id;
  }

  async inspect(id: string): Promise<ContainerState | undefined> {
    await this.#called(`inspect ${id}`);
    return this.containers.get(id) ?? [...this.containers.values()].find(({ name }) => name === id);
  }

  async list(labels: Readonly<Record<string, string>>): Promise<ContainerState[]> {
    await this.#called('list');
    const wanted = Object.entries(labels);
    const matches = (container: ContainerState) =>
      wanted.every(([name, value]) => container.labels[name] === value);
    return [...this.containers.values()].filter(matches);
  }

  async remove(id: string): Promise<void> {
    await this.#called(`remove ${this.containers.get(id)?.name ?? id}`);
    this.containers.delete(id);
  }

  async start(id: string): Promise<void> {
    await this.#called(`start ${id}`);
    this.containers.set(id, { ...this.#need(id), state: 'running' });
  }

  watch = () => () => undefined;
  watching = async (): Promise<void> => undefined;
  close = (): void => undefined;
  info = (): Promise<EngineInfo> => this.#none('info');
  findImage = () => this.#none('findImage');
  loadImage = () => this.#none('loadImage');
  pullImage = () => this.#none('pullImage');
  removeImage = () => this.#none('removeImage');
  kill = () => this.#none('kill');
  pause = () => this.#none('pause');
  unpause = () => this.#none('unpause');
  stats = () => this.#none('stats');

  async #called(call: string): Promise<void> {
    this.calls.push(call);
    // Nothing is answered at once: others may come between.
    await new Promise((resolve) => setImmediate(resolve));
    await this.before(call);
  }

  #need(id: string): ContainerState {
    const container = this.containers.get(id);
    if (container === undefined) throw new EngineError('not-found', `No such container: ${id}`);
    return container;
  }

  #free(name: string): void {
    if (this.names.includes(name)) throw new EngineError('conflict', `The name ${name} is already in use`);
  }

  #none(call: string): Promise<never> {
    return Promise.reject(new EngineError('engine', `${call} was not expected`));
  }
}
