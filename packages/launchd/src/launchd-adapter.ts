import {
  type Availability,
  type Capabilities,
  configError,
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
import { launchdCapabilities, whyNoLaunchd } from './capabilities.ts';
import { type Context, handleOf } from './daemon.ts';
import { type ChosenDomain, chooseDomain, type Domain, domains, domainTarget } from './domain.ts';
import { Launchctl } from './launchctl.ts';
import { readLogs } from './logs.ts';
import { installDirectory } from './plist-file.ts';
import { probeLaunchd } from './probe.ts';
import { removeDaemon } from './remove.ts';
import { signalDaemon } from './signal.ts';
import type { SpawnContext } from './spawn.ts';
import { StateFolder } from './state-folder.ts';
import { readStatus, waitForEnd } from './status.ts';
import { stopDaemon } from './stop.ts';
import { sweepHidden, sweepName } from './sweep.ts';

export interface LaunchdAdapterOptions {
  /** Without it `system` for root, else `gui` when the user is logged in, else `user`; `probe()` says which, and why. */
  readonly domain?: Domain;
  /** Absolute. `$DUENDE_STATE_DIR`, else `duende` in Application Support, without it. */
  readonly stateDirectory?: string;
  /** Absolute. `/bin/launchctl` without it. */
  readonly launchctl?: string;
  /** Where plists of installed daemons go. LaunchDaemons of the machine, else LaunchAgents of the user, without it. */
  readonly plistDirectory?: string;
}

/** Runs daemons as launchd jobs `com.duende.<name>`, through launchctl(1). */
export class LaunchdAdapter implements PlatformAdapter {
  readonly platform = 'macos' as const;
  readonly #options: LaunchdAdapterOptions;
  readonly #launchctl: Launchctl;
  #chosen: ChosenDomain | undefined;
  #made: Context | undefined;
  #capabilities: Capabilities | undefined;

  /** @throws PlatformError Config for a domain that there is not. */
  constructor(options: LaunchdAdapterOptions = {}) {
    const { domain } = options;
    if (domain !== undefined && !domains.includes(domain)) {
      throw configError(`domain: expected gui, user or system, got ${JSON.stringify(domain)}`, {
        platform: 'macos',
        field: 'domain',
      });
    }
    this.#options = options;
    this.#launchctl = new Launchctl(options.launchctl);
    if (domain !== undefined) this.#chosen = { domain, why: 'it was asked for' };
  }

  /** Where its jobs are; chosen when it is first needed. */
  get domain(): Domain {
    return this.#choose().domain;
  }

  get capabilities(): Capabilities {
    this.#capabilities ??= launchdCapabilities(this.#launchctl.path);
    return this.#capabilities;
  }

  async probe(): Promise<Availability> {
    const chosen = this.#choose();
    return await probeLaunchd(this.#launchctl, chosen, domainTarget(chosen.domain));
  }

  async spawn(daemon: DaemonSpecInput): Promise<DaemonHandle> {
    const { parseSpec } = await import('@duende/core');
    const spec = parseSpec(daemon, 'macos');
    const { spawnDaemon } = await import('./spawn.ts');
    return await spawnDaemon(this.#spawnContext('spawn'), spec, { input: daemon });
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
    return await restartDaemon(this.#spawnContext('restart'), handle);
  }

  /** Writes, enables and starts a plist that launchd loads at boot (`system`) or login. See docs/launchd.md. */
  async install(daemon: DaemonSpecInput): Promise<DaemonHandle> {
    const { parseSpec } = await import('@duende/core');
    const spec = parseSpec(daemon, 'macos');
    const { installDaemon } = await import('./install.ts');
    return await installDaemon(this.#spawnContext('install'), spec, daemon);
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
    const context = this.#context;
    const { state, domain } = context;
    sweepHidden(context);
    const handles: DaemonHandle[] = [];
    for (const name of state.names()) {
      const page = state.page(name);
      if (page === 'unborn') await sweepName(context, name);
      else if (typeof page === 'object') handles.push(handleOf(page, domain));
    }
    return handles;
  }

  async find(name: string): Promise<DaemonHandle | undefined> {
    if (!isDaemonName(name)) return undefined;
    const { state, domain } = this.#context;
    const page = state.page(name);
    if (page === 'missing' || page === 'unborn') return undefined;
    // Damaged: a handle all the same, so that it can be looked at and removed.
    return handleOf(page === 'damaged' ? { id: '', name } : page, domain);
  }

  async remove(handle: DaemonHandle, options: RemoveOptions = {}): Promise<void> {
    await removeDaemon(this.#context, handle, options);
  }

  async problems(): Promise<string[]> {
    const { findProblems } = await import('./problems.ts');
    return await findProblems(this.#context);
  }

  #choose(): ChosenDomain {
    this.#chosen ??= chooseDomain(this.#launchctl.path);
    return this.#chosen;
  }

  get #context(): Context {
    if (this.#made === undefined) {
      const { stateDirectory: folder, plistDirectory } = this.#options;
      const { domain } = this.#choose();
      this.#made = {
        domain,
        domainTarget: domainTarget(domain),
        launchctl: this.#launchctl,
        state: new StateFolder(folder ?? stateDirectory(), domain),
        plistDirectory: plistDirectory ?? installDirectory(domain),
      };
    }
    return this.#made;
  }

  /** @throws PlatformError NotSupported / unavailable where there is no launchd, permission-denied for a domain that only root has */
  #spawnContext(operation: string): SpawnContext {
    const why = whyNoLaunchd(this.#launchctl.path);
    const isDenied = this.domain === 'system' && process.geteuid?.() !== 0;
    if (why === undefined && !isDenied) return { ...this.#context, capabilities: this.capabilities };
    if (why === undefined) {
      throw new PlatformError('SpawnFailed', 'Only root may load jobs into the system domain', {
        reason: 'permission-denied',
        platform: 'macos',
        operation,
        hint: 'Run duende as root, or use domain gui or user',
      });
    }
    throw new PlatformError('NotSupported', `macOS (launchd) cannot be used here: ${why}`, {
      reason: 'unavailable',
      platform: 'macos',
      operation,
    });
  }
}
