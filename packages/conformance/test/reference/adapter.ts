import {
  assertEnforceable,
  type Capabilities,
  type DaemonHandle,
  type DaemonSpecInput,
  type DaemonStats,
  type DaemonStatus,
  type LogLine,
  type LogsOptions,
  type PlatformAdapter,
  PlatformError,
  type PlatformErrorCode,
  type PlatformErrorReason,
  type ProgramSpec,
  parseSpec,
  type RemoveOptions,
  type Signal,
  type StopOptions,
  type TracerHandle,
  type TracerOptions,
  type WaitOptions,
} from '@duende/core';
import { referenceCapabilities } from './capabilities.ts';
import type { Daemon } from './daemon.ts';
import { SimTracer } from './sim-tracer.ts';
import type { World } from './world.ts';

function error(code: PlatformErrorCode, reason: PlatformErrorReason, message: string): PlatformError {
  return new PlatformError(code, message, { reason, platform: 'native' });
}

/** The contract, kept in memory. The broken adapters of the tests override one piece of it each. */
export class ReferenceAdapter implements PlatformAdapter {
  readonly platform = 'native';
  readonly capabilities: Capabilities;
  readonly world: World;

  constructor(world: World, capabilities: Capabilities = referenceCapabilities) {
    this.world = world;
    this.capabilities = capabilities;
  }

  async probe() {
    return { available: true as const, engine: 'reference' };
  }

  protected get(handle: DaemonHandle, code: PlatformErrorCode = 'StatusFailed'): Daemon {
    const daemon = this.world.lookup(handle);
    if (daemon) return daemon;
    throw error(code, 'not-found', `No daemon is called ${handle.name} with id ${handle.id}`);
  }

  protected parse(input: DaemonSpecInput): ProgramSpec {
    const spec = parseSpec(input, this.platform);
    assertEnforceable(spec, this.capabilities, this.platform, input);
    if ('module' in spec) throw new Error('unreachable: module daemons are not supported');
    return spec;
  }

  async spawn(input: DaemonSpecInput): Promise<DaemonHandle> {
    const spec = this.parse(input);
    this.world.checkExecutable(spec);
    if (this.world.daemons.get(spec.name)?.isOver === false)
      throw error('SpawnFailed', 'already-exists', `A daemon called ${spec.name} is there already`);
    const daemon = this.world.createDaemon(spec, this.world.createLog(spec));
    this.world.daemons.set(spec.name, daemon);
    daemon.start();
    if (spec.readiness === 'notify') await this.ready(daemon);
    return daemon.handle;
  }

  protected async ready(daemon: Daemon): Promise<void> {
    const { startTimeout, name } = daemon.spec;
    const expired = Promise.withResolvers<'timeout'>();
    const timer = setTimeout(() => expired.resolve('timeout'), startTimeout);
    const outcome = await Promise.race([
      daemon.ready.promise,
      expired.promise,
      daemon.ended.promise.then(() => 'exec-failed' as const),
    ]);
    clearTimeout(timer);
    if (outcome === undefined) return;
    await daemon.stop(0);
    this.world.daemons.delete(name);
    throw error('SpawnFailed', outcome, `${name} was not ready (${outcome})`);
  }

  async signal(handle: DaemonHandle, signal: Signal): Promise<void> {
    const daemon = this.get(handle, 'SignalFailed');
    const support = this.capabilities.signals[signal];
    if (!support.supported) throw error('NotSupported', 'unavailable', `${signal}: ${support.why}`);
    if (!daemon.main?.alive) throw error('SignalFailed', 'not-running', `${handle.name} does not run`);
    daemon.main.deliver(signal);
  }

  async status(handle: DaemonHandle): Promise<DaemonStatus> {
    return this.get(handle).status();
  }

  async attachTracer(handle: DaemonHandle, options: TracerOptions = {}): Promise<TracerHandle> {
    const daemon = this.get(handle, 'TracerFailed');
    const { trace } = this.capabilities;
    if (!trace.supported) throw error('NotSupported', 'unavailable', `trace: ${trace.why}`);
    if (!daemon.main?.alive) throw error('TracerFailed', 'not-running', `${handle.name} does not run`);
    return new SimTracer(daemon, options);
  }

  async stop(handle: DaemonHandle, options: StopOptions = {}): Promise<DaemonStatus> {
    const daemon = this.get(handle);
    return daemon.stop(options.timeout ?? daemon.spec.stopTimeout);
  }

  async restart(handle: DaemonHandle, options?: StopOptions): Promise<DaemonHandle> {
    const { spec, log } = this.get(handle);
    await this.stop(handle, options);
    log.closed = false;
    const daemon = this.world.createDaemon(spec, log);
    this.world.daemons.set(spec.name, daemon);
    daemon.start();
    return daemon.handle;
  }

  async wait(handle: DaemonHandle, { signal }: WaitOptions = {}): Promise<DaemonStatus> {
    const daemon = this.get(handle);
    signal?.throwIfAborted();
    const aborted = Promise.withResolvers<never>();
    const onAbort = () => aborted.reject(signal?.reason);
    signal?.addEventListener('abort', onAbort, { once: true });
    try {
      return await Promise.race([daemon.ended.promise, aborted.promise]);
    } finally {
      signal?.removeEventListener('abort', onAbort);
    }
  }

  async *logs(handle: DaemonHandle, options?: LogsOptions): AsyncGenerator<LogLine> {
    yield* this.get(handle).log.read(options);
  }

  async stats(handle: DaemonHandle): Promise<DaemonStats> {
    const daemon = this.get(handle);
    if (!daemon.main?.alive) throw error('StatusFailed', 'not-running', `${handle.name} does not run`);
    const alive = [...daemon.tree].filter((process) => process.alive);
    const { memoryMax } = daemon.spec.resources;
    const all = {
      cpuUsec: alive.reduce((sum, process) => sum + process.cpuUsec, 0),
      memoryBytes: daemon.memory,
      pids: alive.length,
      uptimeMs: 0,
      ...(memoryMax !== undefined && { memoryLimitBytes: memoryMax }),
    };
    const measured = this.capabilities.stats.filter((field) => field in all);
    const chosen = Object.fromEntries(
      Object.entries(all).filter(([name]) => measured.some((m) => m === name)),
    );
    return { time: new Date().toISOString(), measured, ...chosen };
  }

  async list(): Promise<DaemonHandle[]> {
    return [...this.world.daemons.values()].map((daemon) => daemon.handle);
  }

  async find(name: string): Promise<DaemonHandle | undefined> {
    return this.world.daemons.get(name)?.handle;
  }

  async remove(handle: DaemonHandle, { force = false }: RemoveOptions = {}): Promise<void> {
    const daemon = this.world.lookup(handle);
    if (!daemon) return;
    if (!daemon.isOver && !force) throw error('StatusFailed', 'engine-error', `${handle.name} still runs`);
    await daemon.stop(daemon.spec.stopTimeout);
    if (this.world.lookup(handle)) this.world.daemons.delete(handle.name);
  }
}
