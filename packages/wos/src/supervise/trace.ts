import { PlatformError } from '@duende/core/contract';
import type { Kernel } from '../kernel/index.ts';
import type { TraceEvent } from '../kernel/trace.ts';
import type { Daemon } from './daemon.ts';
import { isTraced } from './daemon-errors.ts';

/**
 * The trace of a daemon over all its runs, with all that these start. What begins while it is attached is traced from its first
 * call on. A restart on request hands it on to the daemon's next instance.
 */
export class Tracing {
  readonly sink: (events: readonly TraceEvent[]) => void;
  readonly #kernel: Kernel;
  readonly #over = Promise.withResolvers<void>();
  #daemon: Daemon | undefined;
  /** Restarts on request that are under way: its end is not that of the trace. */
  #restarts = 0;
  #hasEnded = false;

  constructor(kernel: Kernel, sink: (events: readonly TraceEvent[]) => void) {
    this.#kernel = kernel;
    this.sink = sink;
  }

  /** Resolves when its daemon has ended for good. */
  get over(): Promise<void> {
    return this.#over.promise;
  }

  /** @throws PlatformError TracerFailed / permission-denied: somebody else traces it */
  follow(daemon: Daemon): void {
    if (this.#hasEnded) return;
    if (daemon.tracing) throw isTraced(daemon.record.name);
    if (daemon.pid !== undefined) this.attach(daemon.pid);
    this.#daemon = daemon;
    daemon.tracing = this;
    void daemon.ended.then(() => this.#look());
  }

  /** To a run that has begun already. @throws PlatformError TracerFailed / permission-denied: somebody else traces it */
  attach(pid: number): void {
    try {
      this.#kernel.trace(pid, this.sink, { family: true });
    } catch (error) {
      // What it has left is being ended: then the next run is what there is to see.
      if (!PlatformError.isInstance(error) || error.reason !== 'not-running') throw error;
    }
    for (const child of this.#kernel.descendants(pid)) {
      try {
        this.#kernel.trace(child, this.sink, { family: true });
      } catch {
        // It may have ended meanwhile, or be traced by somebody else: the others are traced all the same.
      }
    }
  }

  /** What its daemon runs is traced no longer; its next runs are. */
  leave(): void {
    this.#kernel.untrace(this.sink);
  }

  restartBegins(): void {
    this.#restarts++;
  }

  restartIsOver(): void {
    this.#restarts--;
    this.#look();
  }

  #look(): void {
    if (this.#restarts === 0 && this.#daemon?.hasEnded !== false) this.#over.resolve();
  }

  /** Nobody wants it any more. */
  end(): void {
    this.#hasEnded = true;
    if (this.#daemon?.tracing === this) this.#daemon.tracing = undefined;
    this.#daemon = undefined;
    this.leave();
  }
}

/** The calls of a daemon until it has ended for good or `done` says so. @throws PlatformError TracerFailed / permission-denied */
export async function traceDaemon(
  kernel: Kernel,
  daemon: Daemon,
  sink: (events: readonly TraceEvent[]) => void,
  done: Promise<void>,
): Promise<void> {
  const tracing = new Tracing(kernel, sink);
  tracing.follow(daemon);
  // Who asked for it knows by the first report that it is attached.
  sink([]);
  try {
    await Promise.race([tracing.over, done]);
  } finally {
    tracing.end();
  }
}
