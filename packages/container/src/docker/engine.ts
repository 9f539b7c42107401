import { readFileSync } from 'node:fs';
import type { DaemonStats } from '@duende/core/contract';
import { blockDevices } from '@duende/program';
import type {
  ContainerPlan,
  ContainerState,
  Engine,
  EngineInfo,
  PullProgress,
  RegistryCredentials,
  Runtime,
} from '../engine/engine.ts';
import { EngineError } from '../engine/engine-error.ts';
import type { ApiAddress } from './address.ts';
import { Connection, readJson } from './connection.ts';
import { createBody, type EngineFacts } from './create-body.ts';
import { Events } from './events.ts';
import { loadImage, pullImage } from './images.ts';
import { readInfo } from './info.ts';
import { askAgain } from './passing.ts';
import { type Inspected, type Listed, stateOf, stateOfListed } from './state.ts';
import { readStats } from './stats.ts';

const path = (id: string, rest = ''): string => `/containers/${encodeURIComponent(id)}${rest}`;

/** Hard limits of this process, proc_pid_limits(5); `undefined` where it has none. */
function ownLimits(): NonNullable<EngineFacts['own']> {
  const text = readFileSync('/proc/self/limits', 'latin1');
  const hard = (name: string): number | undefined => {
    const value = new RegExp(`^${name}\\s+\\S+\\s+(\\d+)`, 'm').exec(text)?.[1];
    return value === undefined ? undefined : Number(value);
  };
  return { processes: hard('Max processes'), files: hard('Max open files') };
}

/** Docker, or Podman's service, which speaks the same API. */
export class HttpEngine implements Engine {
  readonly runtime: Runtime;
  readonly address: string;
  readonly connection: Connection;
  readonly #events: Events;
  #info: Promise<EngineInfo> | undefined;

  constructor(runtime: 'docker' | 'podman', address: ApiAddress) {
    this.runtime = runtime;
    this.address = address.text;
    this.connection = new Connection(address);
    this.#events = new Events(this.connection);
  }

  /** Asked once. */
  async info(): Promise<EngineInfo> {
    this.#info ??= readInfo(this.connection, this.runtime);
    try {
      return await this.#info;
    } catch (error) {
      this.#info = undefined;
      throw error;
    }
  }

  async findImage(reference: string): Promise<boolean> {
    const status = await this.connection.done(`/images/${encodeURIComponent(reference)}/json`, {
      expect: [404],
    });
    return status !== 404;
  }

  async loadImage(archive: () => AsyncIterable<Buffer>): Promise<void> {
    await loadImage(this.connection, archive);
  }

  async pullImage(
    reference: string,
    credentials?: RegistryCredentials,
    progress?: PullProgress,
  ): Promise<void> {
    await pullImage(this.connection, reference, credentials, progress);
  }

  async removeImage(reference: string): Promise<void> {
    await this.connection.done(`/images/${encodeURIComponent(reference)}`, {
      method: 'DELETE',
      expect: [404],
    });
  }

  async create(plan: ContainerPlan): Promise<string> {
    const { cgroupVersion } = await this.info();
    // A dockerd without a bridge (--bridge=none) would take it, and connect nothing.
    if (plan.network === 'bridge' && this.runtime === 'docker') await this.#requireNetwork('bridge');
    const body = createBody(plan, {
      runtime: this.runtime,
      cgroupVersion,
      devices: blockDevices(),
      own: ownLimits(),
    });
    const query = { name: plan.name };
    const { Id } = await this.connection.json<{ Id: string }>('/containers/create', {
      method: 'POST',
      query,
      json: body,
    });
    return Id;
  }

  async start(id: string): Promise<void> {
    await this.connection.done(path(id, '/start'), { method: 'POST', expect: [304], timeout: 120_000 });
  }

  async kill(id: string, signal: string): Promise<void> {
    try {
      await this.connection.done(path(id, '/kill'), { method: 'POST', query: { signal } });
    } catch (error) {
      // 409: what has ended cannot be killed.
      if (error instanceof EngineError && error.kind === 'conflict')
        throw new EngineError('not-running', error.message);
      throw error;
    }
  }

  async pause(id: string): Promise<void> {
    await this.#freeze(id, '/pause', 'paused');
  }

  async unpause(id: string): Promise<void> {
    await this.#freeze(id, '/unpause', 'running');
  }

  async inspect(id: string): Promise<ContainerState | undefined> {
    const response = await askAgain(() => this.connection.request(path(id, '/json'), { expect: [404] }));
    if (response.statusCode === 404) {
      await response.body.dump();
      return undefined;
    }
    return stateOf(await readJson<Inspected>(response));
  }

  async list(labels: Readonly<Record<string, string>>): Promise<ContainerState[]> {
    const label = Object.entries(labels).map(([name, value]) => `${name}=${value}`);
    const query = { all: true, filters: JSON.stringify({ label }) };
    const listed = await this.connection.json<Listed[]>('/containers/json', { query });
    return listed.map(stateOfListed);
  }

  async remove(id: string): Promise<void> {
    const query = { force: true, v: true };
    for (let round = 0; ; round += 1) {
      // 409: another removal of it is at work.
      const status = await this.connection.done(path(id), {
        method: 'DELETE',
        query,
        expect: [404, 409],
        timeout: 120_000,
      });
      if (status === 404 || (await this.inspect(id)) === undefined) return;
      if (round === 100) throw new EngineError('timeout', 'the engine has not removed it in time');
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  readonly rename = async (id: string, name: string): Promise<void> => {
    await this.connection.done(path(id, '/rename'), { method: 'POST', query: { name } });
  };

  watch(id: string, changed: (news: 'changed' | 'gap') => void): () => void {
    return this.#events.watch(id, changed);
  }

  async watching(): Promise<void> {
    await this.#events.watching();
  }

  async stats(id: string): Promise<DaemonStats> {
    return await readStats(this.connection, path(id, '/stats'));
  }

  close(): void {
    this.#events.close();
    this.connection.close();
  }

  async #requireNetwork(name: string): Promise<void> {
    const status = await this.connection.done(`/networks/${name}`, { expect: [404] });
    if (status === 404) throw new EngineError('invalid', `network ${name} not found: the engine has none`);
  }

  /** What already is as it should be is no error. */
  async #freeze(id: string, call: string, wanted: ContainerState['state']): Promise<void> {
    try {
      await this.connection.done(path(id, call), { method: 'POST' });
    } catch (error) {
      const now = await this.inspect(id);
      if (now?.state === wanted) return;
      if (now === undefined) throw new EngineError('not-found', 'it was removed', { cause: error });
      if (now.state === 'exited' || now.state === 'created')
        throw new EngineError('not-running', 'it is not running', { cause: error });
      throw error;
    }
  }
}
