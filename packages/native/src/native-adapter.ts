import { execFile } from 'node:child_process';
import {
  type Availability,
  type Capabilities,
  type DaemonHandle,
  type DaemonSpec,
  type DaemonSpecInput,
  type DaemonStats,
  type DaemonStatus,
  isDaemonName,
  isTerminal,
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
import { descendants, readSpec, readStatePage } from '@duende/program';
import { nativeCapabilities } from './capabilities.ts';
import { currentStatus, handleOf, hasEnded, readEntries, requirePage } from './entry.ts';
import { readLogs } from './logs.ts';
import { NativePaths } from './paths.ts';
import { probeNative, requireSupervisor } from './probe.ts';
import { signalDaemon } from './signal.ts';
import { stopDaemon } from './stop.ts';
import { findSupervisor, type Supervisor, type SupervisorKind } from './supervisor-command.ts';
import { waitForEnd } from './wait.ts';

export interface NativeAdapterOptions {
  /** Absolute. `$DUENDE_STATE_DIR`, else the XDG state folder, without it. */
  readonly stateDirectory?: string;
  /** Forces one supervisor; without it `$DUENDE_NATIVE_SUPERVISOR`, else the prebuilt one, else Perl. */
  readonly supervisor?: SupervisorKind;
}

// What only a spawn needs: loaded by the first one, and not looked up again by each further one.
let core: Promise<typeof import('@duende/core')> | undefined;
let spawning: Promise<typeof import('./spawn.ts')> | undefined;

function loadCore(): Promise<typeof import('@duende/core')> {
  core ??= import('@duende/core');
  return core;
}

function loadSpawn(): Promise<typeof import('./spawn.ts')> {
  spawning ??= import('./spawn.ts');
  return spawning;
}

/** Runs daemons as plain processes. No service of Duende's own stays behind: each daemon has a small supervisor for itself. */
export class NativeAdapter implements PlatformAdapter {
  readonly platform = 'native' as const;
  readonly #paths: NativePaths;
  readonly #kind: SupervisorKind | undefined;
  #capabilities: Capabilities | undefined;
  #supervisor: Supervisor | undefined;

  constructor(options: NativeAdapterOptions = {}) {
    this.#paths = new NativePaths(options.stateDirectory ?? stateDirectory());
    this.#kind = options.supervisor;
  }

  get capabilities(): Capabilities {
    this.#capabilities ??= nativeCapabilities(findSupervisor(this.#kind));
    return this.#capabilities;
  }

  async probe(): Promise<Availability> {
    return await probeNative(this.#kind);
  }

  async spawn(daemon: DaemonSpecInput): Promise<DaemonHandle> {
    const describe = async () => (await loadCore()).parseSpec(daemon, 'native');
    return await this.#start(describe, false);
  }

  async signal(handle: DaemonHandle, signal: Signal): Promise<void> {
    await signalDaemon(this.#paths, handle, signal);
  }

  async status(handle: DaemonHandle): Promise<DaemonStatus> {
    return currentStatus(this.#paths, handle, 'StatusFailed', 'status');
  }

  async attachTracer(handle: DaemonHandle, options: TracerOptions = {}): Promise<TracerHandle> {
    const { main } = requirePage(this.#paths, handle, 'TracerFailed', 'attachTracer');
    const status = await this.status(handle);
    if (main.pid <= 0 || isTerminal(status)) {
      throw new PlatformError('TracerFailed', `${handle.name} is not running`, {
        reason: 'not-running',
        platform: 'native',
        operation: 'attachTracer',
      });
    }
    const { attachStrace } = await import('@duende/strace');
    // What it has started already, too; strace follows what it starts from now on.
    const pids = [main.pid, ...descendants([main.pid]).map(({ pid }) => pid)];
    return await attachStrace({ pids, platform: 'native', ...options });
  }

  async stop(handle: DaemonHandle, options: StopOptions = {}): Promise<DaemonStatus> {
    return await stopDaemon(this.#paths, handle, options);
  }

  async restart(handle: DaemonHandle, options: StopOptions = {}): Promise<DaemonHandle> {
    await this.stop(handle, options);
    requirePage(this.#paths, handle, 'SpawnFailed', 'restart');
    const spec = readSpec(this.#paths.state(handle.name));
    return await this.#start(() => spec, true);
  }

  async wait(handle: DaemonHandle, options: WaitOptions = {}): Promise<DaemonStatus> {
    return await waitForEnd(this.#paths, handle, options);
  }

  logs(handle: DaemonHandle, options: LogsOptions = {}): AsyncIterable<LogLine> {
    return readLogs(this.#paths, handle, options);
  }

  async stats(handle: DaemonHandle): Promise<DaemonStats> {
    const { readStats } = await import('./stats.ts');
    return readStats(this.#paths, handle);
  }

  async list(): Promise<DaemonHandle[]> {
    const { handles, unswept } = readEntries(this.#paths);
    if (unswept) await this.#helper(['sweep', this.#paths.base]);
    return handles;
  }

  async find(name: string): Promise<DaemonHandle | undefined> {
    if (!isDaemonName(name)) return undefined;
    const page = readStatePage(this.#paths.state(name));
    if (page === 'missing') return undefined;
    if (page !== 'damaged' && page.name === name) return handleOf(page);
    // Damaged: a handle all the same, so that it can be looked at and removed.
    return { version: 1, name, platform: 'native', id: '', data: { kind: 'native', pid: 0 } };
  }

  async remove(handle: DaemonHandle, options: RemoveOptions = {}): Promise<void> {
    if (options.force && !hasEnded(this.#paths, handle)) {
      await this.stop(handle, { timeout: 0 }).catch((error: unknown) => {
        // A spawn whose client was killed is taken back by itself: gone as asked.
        if (!PlatformError.isInstance(error) || error.reason !== 'not-found') throw error;
      });
    }
    const code = await this.#helper(['remove', this.#paths.base, handle.name, handle.id]);
    // 3: another daemon has the name by now; this one is gone as asked.
    if (code === 0 || code === 3) return;
    const runs = code === 4;
    throw new PlatformError(
      'StatusFailed',
      `Cannot remove ${handle.name}: ${runs ? 'it is running' : 'its files'}`,
      {
        reason: 'engine-error',
        platform: 'native',
        operation: 'remove',
        hint: runs
          ? `Stop it first (duende stop ${handle.name}), or force it (duende rm --force ${handle.name})`
          : undefined,
      },
    );
  }

  async problems(): Promise<string[]> {
    const { damaged } = readEntries(this.#paths);
    return damaged.map(
      (name) =>
        `The state of ${name} is damaged (${this.#paths.state(name)}). Remove it with: duende rm ${name}`,
    );
  }

  /** Ends the supervisor that was kept ready for the next spawn; daemons go on, and so may this adapter. */
  async close(): Promise<void> {
    const { dropSpare } = await import('./supervisor-process.ts');
    await dropSpare();
  }

  /** Looked for once, as the capabilities are. */
  #requireSupervisor(operation: string): Supervisor {
    this.#supervisor ??= requireSupervisor(operation, this.#kind);
    return this.#supervisor;
  }

  async #start(describe: () => DaemonSpec | Promise<DaemonSpec>, keepLog: boolean): Promise<DaemonHandle> {
    const supervisor = this.#requireSupervisor('spawn');
    const { spawnDaemon } = await loadSpawn();
    return await spawnDaemon(
      describe,
      { paths: this.#paths, supervisor, capabilities: this.capabilities },
      keepLog,
    );
  }

  /** Runs a short command of the supervisor binary, which holds the locks; its exit code. */
  #helper(args: string[]): Promise<number> {
    const { command } = this.#requireSupervisor(args[0] as string);
    const [program, ...first] = command as [string, ...string[]];
    return new Promise((resolve) => {
      const child = execFile(program, [...first, ...args], { env: {}, cwd: '/' }, () =>
        resolve(child.exitCode ?? 1),
      );
    });
  }
}
