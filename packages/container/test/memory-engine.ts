import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DaemonState, parseSpec } from '@duende/core';
import { decodeStatePage } from '@duende/program';
import type { Context } from '../src/daemon.ts';
import type { ContainerPlan, ContainerState, Engine, EngineInfo, Runtime } from '../src/engine/engine.ts';
import { EngineError } from '../src/engine/engine-error.ts';
import { labelsOf } from '../src/labels.ts';
import { encodeCreatedPage } from '../src/page.ts';
import { StateFolder } from '../src/state-folder.ts';
import { plainPlan, runningState } from './plans.ts';

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

const numbers = {
  created: 0,
  starting: 1,
  running: 2,
  paused: 3,
  stopping: 4,
  stopped: 5,
  failed: 6,
} as const;

/** A context with a folder of its own, and the daemons that a test puts there. */
export class Bench implements Context, Disposable {
  readonly engine: MemoryEngine;
  readonly state: StateFolder;
  readonly #folder = mkdtempSync(join(tmpdir(), 'duende-bench-'));
  #count = 0;

  constructor(options?: { readonly renames?: boolean }) {
    this.engine = new MemoryEngine(options);
    this.state = new StateFolder(this.#folder, 'docker');
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  uuid(): string {
    return `00000000-0000-0000-0000-${String(++this.#count).padStart(12, '0')}`;
  }

  /** A folder with a page, and the plan of its container. */
  prepare(name: string, state: DaemonState = 'created'): { key: string; id: string; plan: ContainerPlan } {
    const [key, id] = [this.uuid(), this.uuid()];
    const spec = parseSpec({ name, program: '/bin/true' }, 'container');
    this.state.make(key, spec);
    this.state.prepare(key, id, name, Buffer.alloc(0));
    const page = encodeCreatedPage(id, name);
    page.writeUInt32LE(numbers[state], 12);
    if (decodeStatePage(page)?.state !== state) throw new Error(`not the number of ${state}`);
    writeFileSync(join(this.state.run(key), 'state'), page);
    return {
      key,
      id,
      plan: { ...plainPlan, name: `duende-${name}`, labels: labelsOf(spec, key, this.state.base) },
    };
  }

  /** A daemon of ours as an earlier process has left it. */
  daemon(name: string, page: DaemonState, container: ContainerState['state'], owned = false) {
    const { key, id, plan } = this.prepare(name, page);
    if (!owned) this.disown(key);
    return {
      key,
      id,
      ...{ container: this.engine.put({ name: plan.name, labels: plan.labels, state: container }) },
    };
  }

  /** Whoever made it was killed. */
  disown(key: string): void {
    rmSync(join(this.state.folder(key), 'owner'));
  }
}
