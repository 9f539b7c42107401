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
  type RemoveOptions,
  type Signal,
  type StopOptions,
  stateDirectory,
  type TracerHandle,
  type TracerOptions,
  type WaitOptions,
} from '@duende/core/contract';
import { wosCapabilities } from './capabilities.ts';
import { askAbout, handleOf } from './daemon.ts';
import { asOperation, failed, type Operation } from './errors.ts';
import { probeWos } from './probe.ts';
import { Session } from './session.ts';

export interface WosAdapterOptions {
  /** Absolute. `$DUENDE_STATE_DIR`, else the XDG state folder, without it. */
  readonly stateDirectory?: string;
}

const asking = (name: string): Operation => ({ code: 'StatusFailed', name });

/**
 * Runs daemons as processes of the WOS kernel of the state folder, `duende-<name>`: WASI preview1 modules, and TypeScript in
 * QuickJS. The kernel is started by the first spawn, and ends a minute after the last daemon and client.
 */
export class WosAdapter implements PlatformAdapter {
  readonly platform = 'wos' as const;
  readonly #options: WosAdapterOptions;
  #session: Session | undefined;
  #capabilities: Capabilities | undefined;

  constructor(options: WosAdapterOptions = {}) {
    this.#options = options;
  }

  get capabilities(): Capabilities {
    this.#capabilities ??= wosCapabilities();
    return this.#capabilities;
  }

  async probe(): Promise<Availability> {
    return probeWos();
  }

  async spawn(daemon: DaemonSpecInput): Promise<DaemonHandle> {
    const { parseSpec } = await import('@duende/core');
    const spec = parseSpec(daemon, 'wos');
    this.#requireHere('spawn');
    const { spawnDaemon } = await import('./spawn.ts');
    return await spawnDaemon(this.#opened, spec, this.capabilities, daemon);
  }

  async signal(handle: DaemonHandle, signal: Signal): Promise<void> {
    const operation = { code: 'SignalFailed', name: 'signal' } as const;
    await askAbout(this.#opened, 'daemon.signal', handle, operation, { signal });
  }

  async status(handle: DaemonHandle): Promise<DaemonStatus> {
    return await askAbout(this.#opened, 'daemon.status', handle, asking('status'), {});
  }

  async attachTracer(handle: DaemonHandle, options: TracerOptions = {}): Promise<TracerHandle> {
    const { traceDaemon } = await import('./trace.ts');
    return await traceDaemon(this.#opened, handle, options);
  }

  async stop(handle: DaemonHandle, { timeout }: StopOptions = {}): Promise<DaemonStatus> {
    const more = timeout === undefined ? {} : { timeout };
    return await askAbout(this.#opened, 'daemon.stop', handle, asking('stop'), more);
  }

  async restart(handle: DaemonHandle, options: StopOptions = {}): Promise<DaemonHandle> {
    const { restartDaemon } = await import('./restart.ts');
    return await restartDaemon(this.#opened, handle, options);
  }

  async wait(handle: DaemonHandle, { signal }: WaitOptions = {}): Promise<DaemonStatus> {
    return await askAbout(this.#opened, 'daemon.wait', handle, asking('wait'), {}, signal);
  }

  async *logs(handle: DaemonHandle, options: LogsOptions = {}): AsyncGenerator<LogLine> {
    const { readLogs } = await import('./logs.ts');
    yield* readLogs(this.#opened, handle, options);
  }

  async stats(handle: DaemonHandle): Promise<DaemonStats> {
    const { readStats } = await import('./stats.ts');
    return await readStats(this.#opened, handle);
  }

  async list(): Promise<DaemonHandle[]> {
    return (await this.#list('list')).daemons.map(handleOf);
  }

  async find(name: string): Promise<DaemonHandle | undefined> {
    if (!isDaemonName(name) || !this.#opened.mayHaveDaemons) return undefined;
    try {
      const { daemon } = await this.#opened.ask('daemon.find', { name });
      return daemon && handleOf(daemon);
    } catch (error) {
      throw asOperation(asking('find'), error, `Cannot find ${name}`);
    }
  }

  async remove(handle: DaemonHandle, { force = false }: RemoveOptions = {}): Promise<void> {
    // One that is not there is gone as asked.
    if (!this.#opened.mayHaveDaemons) return;
    await askAbout(this.#opened, 'daemon.remove', handle, asking('remove'), { force });
  }

  async problems(): Promise<string[]> {
    return (await this.#list('problems')).problems;
  }

  async close(): Promise<void> {
    await this.#session?.close();
    this.#session = undefined;
  }

  async #list(name: string) {
    if (!this.#opened.mayHaveDaemons) return { daemons: [], problems: [] };
    try {
      return await this.#opened.ask('daemon.list', {});
    } catch (error) {
      throw asOperation(asking(name), error, 'Cannot list the daemons');
    }
  }

  get #opened(): Session {
    this.#session ??= new Session(this.#options.stateDirectory ?? stateDirectory());
    return this.#session;
  }

  /** @throws PlatformError NotSupported / unavailable in a Node that cannot run WOS */
  #requireHere(operation: string): void {
    const { program } = this.capabilities.daemons;
    if (program.supported) return;
    throw failed({ code: 'NotSupported', name: operation }, program.why, 'unavailable', {
      hint: program.fix,
    });
  }
}
