import {
  type Availability,
  type Capabilities,
  type DaemonHandle,
  type DaemonSpecInput,
  type DaemonStats,
  type DaemonStatus,
  isDaemonName,
  type LogLine,
  type LogsOptions,
  type PlatformAdapter,
  PlatformError,
  type RemoveOptions,
  type Signal,
  type StopOptions,
  stateDirectory,
  type TracerHandle,
  type TracerOptions,
  type WaitOptions,
} from '@duende/core/contract';
import { Connection } from './bus/connection.ts';
import { Manager } from './bus/manager.ts';
import { systemdCapabilities } from './capabilities.ts';
import { type Context, handleOf } from './daemon.ts';
import { findHelper, placeHelper } from './helper-program.ts';
import { readLogs } from './logs.ts';
import { probeSystemd } from './probe.ts';
import { removeDaemon } from './remove.ts';
import { defaultScope, type Scope } from './scope.ts';
import { signalDaemon } from './signal.ts';
import type { SpawnContext } from './spawn.ts';
import { StateFolder } from './state-folder.ts';
import { readStatus, waitForEnd } from './status.ts';
import { stopDaemon } from './stop.ts';
import { needsSweep, sweep } from './sweep.ts';

export interface SystemdAdapterOptions {
  /** `user` without it, for root `system`. */
  readonly scope?: Scope;
  /** Absolute. `$DUENDE_STATE_DIR`, else the XDG state folder, without it. */
  readonly stateDirectory?: string;
}

/** Runs daemons as transient units `duende-<name>.service`, over systemd's own D-Bus socket. */
export class SystemdAdapter implements PlatformAdapter {
  readonly platform = 'linux' as const;
  readonly scope: Scope;
  readonly #context: Context;
  readonly #connection: Connection;
  #capabilities: Capabilities | undefined;

  /** @throws PlatformError Config for a scope that there is not. */
  constructor({ scope = defaultScope(), stateDirectory: folder }: SystemdAdapterOptions = {}) {
    if (scope !== 'user' && scope !== 'system') {
      throw new PlatformError('Config', `scope: expected user or system, got ${JSON.stringify(scope)}`, {
        reason: 'invalid-setting',
        platform: 'linux',
        field: 'scope',
      });
    }
    this.scope = scope;
    this.#connection = new Connection(scope);
    this.#context = {
      scope,
      manager: new Manager(this.#connection),
      state: new StateFolder(folder ?? stateDirectory(), scope),
    };
  }

  get capabilities(): Capabilities {
    this.#capabilities ??= systemdCapabilities(this.scope);
    return this.#capabilities;
  }

  async probe(): Promise<Availability> {
    return await probeSystemd(this.scope, this.#context.manager);
  }

  async spawn(daemon: DaemonSpecInput): Promise<DaemonHandle> {
    const { parseSpec } = await import('@duende/core');
    const spec = parseSpec(daemon, 'linux');
    const { spawnDaemon } = await import('./spawn.ts');
    return await spawnDaemon(this.#spawnContext('spawn', false), spec, { input: daemon });
  }

  async signal(handle: DaemonHandle, signal: Signal): Promise<void> {
    await signalDaemon(this.#context, handle, signal);
  }

  async status(handle: DaemonHandle): Promise<DaemonStatus> {
    return await readStatus(this.#context, handle, { code: 'StatusFailed', name: 'status' });
  }

  async attachTracer(handle: DaemonHandle, options: TracerOptions = {}): Promise<TracerHandle> {
    const { traceDaemon } = await import('./trace.ts');
    return await traceDaemon(this.#context, handle, options);
  }

  async stop(handle: DaemonHandle, options: StopOptions = {}): Promise<DaemonStatus> {
    return await stopDaemon(this.#context, handle, options);
  }

  async restart(handle: DaemonHandle, options: StopOptions = {}): Promise<DaemonHandle> {
    await this.stop(handle, options);
    const { restartDaemon } = await import('./restart.ts');
    return await restartDaemon(
      this.#spawnContext('restart', this.#context.state.isInstalled(handle.name)),
      handle,
    );
  }

  /** Writes, enables and starts a unit file: `/etc/systemd/system`, or that of the user. See docs/systemd.md. */
  async install(daemon: DaemonSpecInput): Promise<DaemonHandle> {
    const { parseSpec } = await import('@duende/core');
    const spec = parseSpec(daemon, 'linux');
    const { installDaemon } = await import('./install.ts');
    return await installDaemon(this.#spawnContext('install', true), spec, daemon);
  }

  async uninstall(name: string): Promise<void> {
    const { uninstallDaemon } = await import('./install.ts');
    await uninstallDaemon(this.#context, name);
  }

  async wait(handle: DaemonHandle, options: WaitOptions = {}): Promise<DaemonStatus> {
    return await waitForEnd(this.#context, handle, options);
  }

  logs(handle: DaemonHandle, options: LogsOptions = {}): AsyncIterable<LogLine> {
    return readLogs(this.#context, handle, options);
  }

  async stats(handle: DaemonHandle): Promise<DaemonStats> {
    const { readStats } = await import('./stats.ts');
    return await readStats(this.#context, handle);
  }

  async list(): Promise<DaemonHandle[]> {
    const { state } = this.#context;
    const { pages } = state.entries();
    const there = needsSweep(state, pages) ? await sweep(this.#context, pages) : pages;
    return there.map((page) => handleOf(page, this.scope));
  }

  async find(name: string): Promise<DaemonHandle | undefined> {
    if (!isDaemonName(name)) return undefined;
    const page = this.#context.state.page(name);
    if (page === 'missing') return undefined;
    // Damaged: a handle all the same, so that it can be looked at and removed.
    return handleOf(page === 'damaged' ? { id: '', name } : page, this.scope);
  }

  async remove(handle: DaemonHandle, options: RemoveOptions = {}): Promise<void> {
    await removeDaemon(this.#context, handle, options);
  }

  async problems(): Promise<string[]> {
    const { findProblems } = await import('./problems.ts');
    return findProblems(this.#context);
  }

  async close(): Promise<void> {
    await this.#connection.close();
  }

  /** @throws PlatformError NotSupported / unavailable where there is no helper for this machine */
  #spawnContext(operation: string, installed: boolean): SpawnContext {
    const packaged = findHelper();
    if (packaged === undefined) {
      const { program } = this.capabilities.daemons;
      const why = program.supported ? '' : `: ${program.why}`;
      throw new PlatformError('NotSupported', `Linux (systemd) cannot be used here${why}`, {
        reason: 'unavailable',
        platform: 'linux',
        operation,
      });
    }
    const { scope, state } = this.#context;
    const helper = placeHelper(packaged, scope, state, installed);
    return { ...this.#context, capabilities: this.capabilities, helper };
  }
}
