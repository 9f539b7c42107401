import { existsSync } from 'node:fs';
import { join } from 'node:path';
import {
  type Availability,
  type Capabilities,
  type DaemonHandle,
  type DaemonSpecInput,
  type DaemonStats,
  type DaemonStatus,
  type LogLine,
  type LogsOptions,
  type PlatformAdapter,
  type RemoveOptions,
  type Signal,
  type StopOptions,
  stateDirectory,
  type TracerHandle,
  type TracerOptions,
  type WaitOptions,
} from '@duende/core/contract';
import { containerCapabilities } from './capabilities.ts';
import { type Context, failure } from './daemon.ts';
import { type PullProgress, type Runtime, runtimes } from './engine/engine.ts';
import { EngineError } from './engine/engine-error.ts';
import { findInit } from './init-program.ts';
import { checkRuntime, type EngineChoice, fixFor, selectEngine, unavailable } from './select-engine.ts';
import type { SpawnContext } from './spawn.ts';
import { StateFolder } from './state-folder.ts';
import { readStatus } from './status.ts';
import type { SwarmOrchestrator } from './swarm/index.ts';

export interface ContainerAdapterOptions {
  /** `docker`, `podman` or `containerd`. Without it `$DUENDE_CONTAINER_RUNTIME`, else the first of these that answers. */
  readonly runtime?: Runtime;
  /** Where its API is: `unix:///var/run/docker.sock`, `tcp://host:2376`. Without it as the engine's own command finds it. */
  readonly host?: string;
  /** Absolute. `$DUENDE_STATE_DIR`, else the XDG state folder, without it. The engine must see it under the same path. */
  readonly stateDirectory?: string;
  /** Told while an image is pulled or made. */
  readonly onProgress?: PullProgress;
}

const isService = ({ data }: DaemonHandle): boolean => data?.kind === 'container' && data.runtime === 'swarm';

/** Runs daemons as containers `duende-<name>` of Docker, Podman or containerd, over their APIs. */
export class ContainerAdapter implements PlatformAdapter {
  readonly platform = 'container' as const;
  readonly #options: ContainerAdapterOptions;
  readonly #contexts = new Map<Runtime | undefined, Promise<Context>>();
  readonly #given: Runtime | undefined;
  /** That was asked for, or found. */
  #runtime: Runtime | undefined;
  #capabilities: Capabilities | undefined;

  /** @throws PlatformError Config for a runtime that there is not. */
  constructor(options: ContainerAdapterOptions = {}) {
    const runtime = options.runtime ?? (process.env.DUENDE_CONTAINER_RUNTIME || undefined);
    checkRuntime(runtime);
    this.#given = runtime;
    this.#runtime = runtime;
    this.#options = options;
  }

  /** Of the engine that was asked for or found; before one was found, those of Docker. */
  get capabilities(): Capabilities {
    this.#capabilities ??= containerCapabilities(this.#runtime ?? 'docker');
    return this.#capabilities;
  }

  async probe(): Promise<Availability> {
    const { daemons } = this.capabilities;
    if (!daemons.program.supported) {
      return {
        available: false,
        why: daemons.program.why,
        fix: daemons.program.fix ?? 'Use another platform',
      };
    }
    try {
      const { engine } = await this.#context('probe');
      const { probeEngine } = await import('./probe.ts');
      return await probeEngine(engine);
    } catch (error) {
      const cause = (error as { cause?: unknown }).cause ?? error;
      if (!(cause instanceof EngineError)) throw error;
      return { available: false, why: cause.message, fix: fixFor(cause, this.#choice) };
    }
  }

  async spawn(daemon: DaemonSpecInput): Promise<DaemonHandle> {
    const { parseSpec } = await import('@duende/core');
    const spec = parseSpec(daemon, 'container');
    const context = await this.#spawnContext('spawn');
    if (spec.platform.container?.swarm !== undefined) {
      const { spawnInSwarm } = await import('./swarm-spawn.ts');
      return await spawnInSwarm(context, await this.#swarm('spawn'), spec, daemon);
    }
    const { spawnDaemon } = await import('./spawn.ts');
    return await spawnDaemon(context, spec, { input: daemon });
  }

  async signal(handle: DaemonHandle, signal: Signal): Promise<void> {
    if (isService(handle)) return await (await this.#swarm('signal')).signal(handle, signal);
    const { signalDaemon } = await import('./signal.ts');
    await signalDaemon(await this.#contextOf(handle, 'signal'), handle, signal);
  }

  async status(handle: DaemonHandle): Promise<DaemonStatus> {
    if (isService(handle)) return await (await this.#swarm('status')).status(handle);
    return await readStatus(await this.#contextOf(handle, 'status'), handle, {
      code: 'StatusFailed',
      name: 'status',
    });
  }

  async attachTracer(handle: DaemonHandle, options: TracerOptions = {}): Promise<TracerHandle> {
    if (isService(handle)) {
      throw failure(
        { code: 'NotSupported', name: 'attachTracer' },
        `${handle.name} is a service of a swarm, whose tasks may be anywhere`,
        'unavailable',
        'Trace a task with strace on its own node',
      );
    }
    const { traceDaemon } = await import('./trace.ts');
    return await traceDaemon(await this.#contextOf(handle, 'attachTracer'), handle, options);
  }

  async stop(handle: DaemonHandle, options: StopOptions = {}): Promise<DaemonStatus> {
    if (isService(handle)) return await (await this.#swarm('stop')).stop(handle, options);
    const { stopDaemon } = await import('./stop.ts');
    return await stopDaemon(await this.#contextOf(handle, 'stop'), handle, options);
  }

  async restart(handle: DaemonHandle, options: StopOptions = {}): Promise<DaemonHandle> {
    // Of a service a rolling update.
    if (isService(handle)) return await (await this.#swarm('restart')).restart(handle);
    await this.stop(handle, options);
    const { restartDaemon } = await import('./restart.ts');
    return await restartDaemon(await this.#contextOf(handle, 'restart'), handle);
  }

  async wait(handle: DaemonHandle, options: WaitOptions = {}): Promise<DaemonStatus> {
    if (isService(handle)) return await (await this.#swarm('wait')).wait(handle, options);
    const { waitForEnd } = await import('./wait.ts');
    return await waitForEnd(await this.#contextOf(handle, 'wait'), handle, options);
  }

  async *logs(handle: DaemonHandle, options: LogsOptions = {}): AsyncGenerator<LogLine> {
    if (isService(handle)) return yield* (await this.#swarm('logs')).logs(handle, options);
    const { readLogs } = await import('./logs.ts');
    yield* readLogs(await this.#contextOf(handle, 'logs'), handle, options);
  }

  async stats(handle: DaemonHandle): Promise<DaemonStats> {
    if (isService(handle)) return await (await this.#swarm('stats')).stats(handle);
    const { readStats } = await import('./stats.ts');
    return await readStats(await this.#contextOf(handle, 'stats'), handle);
  }

  async list(): Promise<DaemonHandle[]> {
    const { listDaemons } = await import('./find.ts');
    const lists = await Promise.all(
      this.#used().map(async (runtime) => {
        const daemons = await listDaemons(await this.#open(runtime, 'list'));
        return runtime === 'docker' ? [...daemons, ...(await (await this.#swarm('list')).list())] : daemons;
      }),
    );
    return lists.flat();
  }

  async find(name: string): Promise<DaemonHandle | undefined> {
    const { findDaemon } = await import('./find.ts');
    for (const runtime of this.#used()) {
      const handle = await findDaemon(await this.#open(runtime, 'find'), name);
      if (handle) return handle;
      const service = runtime === 'docker' ? await (await this.#swarm('find')).find(name) : undefined;
      if (service) return service;
    }
    return undefined;
  }

  async remove(handle: DaemonHandle, options: RemoveOptions = {}): Promise<void> {
    if (isService(handle)) return await (await this.#swarm('remove')).remove(handle, options);
    const { removeDaemon } = await import('./remove.ts');
    await removeDaemon(await this.#contextOf(handle, 'remove'), handle, options);
  }

  async close(): Promise<void> {
    const contexts = [...this.#contexts.values()];
    this.#contexts.clear();
    for (const context of contexts) await context.then(({ engine }) => engine.close()).catch(() => undefined);
  }

  /** Services of a swarm, whose manager Docker is. */
  async #swarm(operation: string): Promise<SwarmOrchestrator> {
    const { engine, state } = await this.#open(this.#given ?? 'docker', operation);
    const { SwarmOrchestrator } = await import('./swarm/index.ts');
    return SwarmOrchestrator.of(engine, state.base);
  }

  get #choice(): EngineChoice {
    return { runtime: this.#given, host: this.#options.host };
  }

  /** The engines that daemons of this state folder may be on: nobody else need be asked. */
  #used(): Runtime[] {
    const folder = this.#options.stateDirectory ?? stateDirectory();
    return runtimes.filter(
      (runtime) => (this.#given ?? runtime) === runtime && existsSync(join(folder, 'container', runtime)),
    );
  }

  /** The engine of a handle, whichever was found first. */
  #contextOf({ data }: DaemonHandle, operation: string): Promise<Context> {
    const theirs = data?.kind === 'container' ? data.runtime : undefined;
    if (this.#runtime !== undefined || theirs === undefined) return this.#context(operation);
    checkRuntime(theirs);
    return this.#open(theirs, operation);
  }

  async #context(operation: string): Promise<Context> {
    const context = await this.#open(this.#runtime, operation);
    if (this.#runtime === undefined) {
      this.#runtime = context.engine.runtime;
      this.#capabilities = undefined;
    }
    return context;
  }

  async #open(runtime: Runtime | undefined, operation: string): Promise<Context> {
    let opened = this.#contexts.get(runtime);
    if (opened === undefined) {
      opened = selectEngine({ ...this.#choice, runtime }).then((engine) => ({
        engine,
        state: new StateFolder(this.#options.stateDirectory ?? stateDirectory(), engine.runtime),
      }));
      this.#contexts.set(runtime, opened);
    }
    try {
      const context = await opened;
      this.#contexts.set(context.engine.runtime, opened);
      return context;
    } catch (error) {
      // It may be there the next time.
      if (this.#contexts.get(runtime) === opened) this.#contexts.delete(runtime);
      throw unavailable(error, operation, { ...this.#choice, runtime });
    }
  }

  /** @throws PlatformError NotSupported / unavailable without an engine, or without an init for this machine */
  async #spawnContext(operation: string): Promise<SpawnContext> {
    const context = await this.#context(operation);
    const init = findInit();
    if (init === undefined || process.platform !== 'linux') {
      const { program } = this.capabilities.daemons;
      const { why, fix } = program.supported ? { why: 'unknown', fix: undefined } : program;
      const message = `Containers cannot be used here: ${why}`;
      throw failure({ code: 'NotSupported', name: operation }, message, 'unavailable', fix);
    }
    return { ...context, capabilities: this.capabilities, init, progress: this.#options.onProgress };
  }
}
