import {
  type Availability,
  type Capabilities,
  type DaemonHandle,
  type DaemonSpecInput,
  type DaemonStats,
  type DaemonStatus,
  type LogLine,
  type Platform,
  type PlatformAdapter,
  PlatformError,
  resourceNames,
  restartPolicies,
  type Signal,
  type Support,
  sandboxNames,
  signals,
  supported,
  type TraceEvent,
  type TracerHandle,
  unsupported,
} from '@duende/core';

const no: Support = unsupported('the double has none');
const yes: Support = supported('the double');

export interface MemoryDaemon {
  readonly handle: DaemonHandle;
  readonly spec: DaemonSpecInput;
  status: DaemonStatus;
  readonly signals: Signal[];
  lines: LogLine[];
}

/** An adapter of nothing but objects: for tests of the command line without a platform. */
export class MemoryAdapter implements PlatformAdapter {
  readonly platform: Platform;
  readonly daemons = new Map<string, MemoryDaemon>();
  availability: Availability = { available: true, engine: 'memory 1' };
  /** Thrown by find and list. */
  failure: Error | undefined;
  detached = 0;
  closed = 0;
  #next = 100;

  constructor(platform: Platform = 'native') {
    this.platform = platform;
  }

  get capabilities(): Capabilities {
    const all = <Key extends string>(keys: readonly Key[], support: Support) =>
      Object.fromEntries(keys.map((key) => [key, support])) as Record<Key, Support>;
    return {
      signals: all(signals, yes),
      restart: all(restartPolicies, yes),
      readiness: { none: yes, notify: no },
      health: { command: yes, http: yes, tcp: yes },
      resources: all(resourceNames, no),
      sandbox: all(sandboxNames, no),
      identity: { user: yes, group: yes },
      daemons: { program: yes, module: yes },
      logs: { capture: yes, rotation: yes, exact: yes, bursts: yes },
      stats: ['cpuUsec', 'memoryBytes'],
      trace: yes,
      install: no,
      managerKill: yes,
      settings: [],
    };
  }

  async probe(): Promise<Availability> {
    return this.availability;
  }

  async spawn(spec: DaemonSpecInput): Promise<DaemonHandle> {
    this.#next += 1;
    const pid = this.#next;
    const data =
      this.platform === 'container'
        ? ({ kind: 'container', runtime: 'memory', containerId: String(pid) } as const)
        : ({ kind: 'native', pid } as const);
    const handle: DaemonHandle = {
      version: 1,
      name: spec.name,
      platform: this.platform,
      id: `id-${pid}`,
      data,
    };
    const status: DaemonStatus = { state: 'running', pid, startedAt: new Date().toISOString(), restarts: 0 };
    this.daemons.set(spec.name, { handle, spec, status, signals: [], lines: [] });
    return handle;
  }

  #known(handle: DaemonHandle): MemoryDaemon {
    const daemon = this.daemons.get(handle.name);
    if (daemon) return daemon;
    throw new PlatformError('StatusFailed', `${handle.name} is gone`, { reason: 'not-found' });
  }

  async signal(handle: DaemonHandle, signal: Signal): Promise<void> {
    this.#known(handle).signals.push(signal);
  }

  async status(handle: DaemonHandle): Promise<DaemonStatus> {
    return this.#known(handle).status;
  }

  async stop(handle: DaemonHandle): Promise<DaemonStatus> {
    const daemon = this.#known(handle);
    daemon.status = { state: 'stopped', restarts: 0, exit: { code: 0 } };
    return daemon.status;
  }

  async restart(handle: DaemonHandle): Promise<DaemonHandle> {
    return this.spawn(this.#known(handle).spec);
  }

  async wait(handle: DaemonHandle): Promise<DaemonStatus> {
    return this.#known(handle).status;
  }

  async *logs(handle: DaemonHandle): AsyncGenerator<LogLine> {
    yield* this.#known(handle).lines;
  }

  async stats(): Promise<DaemonStats> {
    return {
      time: new Date().toISOString(),
      measured: ['cpuUsec', 'memoryBytes'],
      cpuUsec: 5,
      memoryBytes: 4096,
    };
  }

  async attachTracer(): Promise<TracerHandle> {
    const event: TraceEvent = {
      time: '2026-01-02T03:04:05.000006Z',
      pid: 7,
      call: 'openat',
      args: ['AT_FDCWD', '"/x"'],
      result: '-1',
      error: 'ENOENT',
      duration: 0.000012,
    };
    const detach = async () => {
      this.detached += 1;
    };
    return {
      async *[Symbol.asyncIterator]() {
        yield event;
      },
      summary: () => ({ calls: { openat: { count: 1, errors: 1, seconds: 0.000012 } }, total: 1 }),
      detach,
    };
  }

  async list(): Promise<DaemonHandle[]> {
    if (this.failure) throw this.failure;
    return [...this.daemons.values()].map(({ handle }) => handle);
  }

  async find(name: string): Promise<DaemonHandle | undefined> {
    if (this.failure) throw this.failure;
    return this.daemons.get(name)?.handle;
  }

  async remove(handle: DaemonHandle): Promise<void> {
    this.daemons.delete(handle.name);
  }

  async close(): Promise<void> {
    this.closed += 1;
  }
}
