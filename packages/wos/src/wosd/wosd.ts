import { rmSync } from 'node:fs';
import type { Server } from 'node:net';
import { availableParallelism } from 'node:os';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Kernel } from '../kernel/index.ts';
import type { KernelDocument } from '../protocol/documents.ts';
import { wosError } from '../protocol/errors.ts';
import { Connection } from './connection.ts';
import { makePrivateFolder } from './folder.ts';
import { type Former, takeOver } from './former.ts';
import { IdleTimer } from './idle.ts';
import { listen } from './listen.ts';
import { releaseLock, takeLock } from './lock.ts';
import { packageVersion } from './package-version.ts';
import { WosPaths } from './paths.ts';
import { makeServices, type Services } from './services.ts';

export interface WosdOptions {
  readonly stateDirectory: string;
  /** Kernel threads; one for each core by default. */
  readonly threads?: number | undefined;
  /** Milliseconds without a process and a client after which it ends; never without. */
  readonly idleTimeout?: number | undefined;
}

/** The kernel of a state folder, with its control socket and what it keeps on disk. One in a process: the lock is the process's. */
export class Wosd {
  readonly lost: KernelDocument['lost'];
  /** Resolves when processes can be started; requests wait for that. Rejects as `Kernel.boot()`. */
  readonly booted: Promise<void>;
  /** Resolves when it has ended, by whatever asked for that. */
  readonly closed: Promise<void>;
  readonly #options: WosdOptions;
  readonly #paths: WosPaths;
  readonly #startedAt = new Date().toISOString();
  readonly #connections = new Set<Connection>();
  readonly #services: Promise<Services>;
  readonly #idle: IdleTimer;
  #server: Server | undefined;
  /** Once it has booted. */
  #now: Services | undefined;
  #ending: Promise<void> | undefined;
  #ended: () => void = () => undefined;

  private constructor(options: WosdOptions, paths: WosPaths) {
    this.#options = options;
    this.#paths = paths;
    const former = takeOver(paths);
    this.lost = former.lost.map(({ pid, name }) => ({ pid, name }));
    this.closed = new Promise((resolve) => {
      this.#ended = resolve;
    });
    const { threads } = options;
    const kernel = Kernel.boot({
      moduleCache: paths.modules,
      firstPid: former.firstPid,
      ...(threads === undefined ? {} : { threads }),
    });
    // Not before whoever started it is told that it listens: clients connect meanwhile.
    this.#services = kernel.then(async (booted) => {
      await nextTurn();
      return this.#serve(booted, former);
    });
    this.booted = this.#services.then(() => this.#idle.changed());
    const isBusy = () => {
      const running = this.#now?.processes.table.running ?? 0;
      return this.#connections.size > 0 || running > 0 || this.#now?.daemons.isBusy === true;
    };
    this.#idle = new IdleTimer(options.idleTimeout, isBusy, () => {
      // Who comes now finds no kernel, and starts one, rather than this one's end.
      this.#server?.close();
      void this.shutdown();
    });
  }

  /**
   * Takes the lock of the state folder, listens, and boots a kernel: `booted` tells when.
   * @throws PlatformError Config: already-exists when one runs there, permission-denied, unavailable
   */
  static async start(options: WosdOptions): Promise<Wosd> {
    const paths = new WosPaths(options.stateDirectory);
    makePrivateFolder(paths.base);
    const owner = takeLock(paths.base);
    if (owner !== undefined) {
      throw wosError(
        'Config',
        'already-exists',
        `A kernel runs already in ${paths.base}, with PID ${owner}`,
        {
          hint: 'Use it, or end it first: wos-ctl shutdown',
          operation: 'boot',
        },
      );
    }
    const wosd = new Wosd(options, paths);
    // It listens while the kernel boots: the first client's request is there by then.
    try {
      wosd.#server = await listen(paths, (socket) => wosd.#connect(socket));
    } catch (error) {
      releaseLock(paths.base);
      throw wosError(
        'Config',
        'unavailable',
        `The control socket cannot be made: ${(error as Error).message}`,
        {
          operation: 'boot',
        },
      );
    }
    wosd.booted.catch(() => {
      wosd.#server?.close();
      releaseLock(paths.base);
      wosd.#ended();
    });
    return wosd;
  }

  #serve(kernel: Kernel, former: Former): Services {
    const made = makeServices(kernel, former, () => this.#idle.changed());
    this.#now = { ...made, info: () => this.#info(), shutdown: (timeout) => this.shutdown({ timeout }) };
    made.daemons.resume();
    return this.#now;
  }

  #connect(socket: import('node:net').Socket): void {
    const connection = new Connection(socket, this.#services, (gone) => {
      this.#connections.delete(gone);
      this.#idle.changed();
    });
    this.#connections.add(connection);
    this.#idle.changed();
  }

  #info(): KernelDocument {
    return {
      pid: process.pid,
      version: packageVersion(),
      startedAt: this.#startedAt,
      threads: this.#options.threads ?? availableParallelism(),
      processes: this.#now?.processes.table.running ?? 0,
      memory: process.memoryUsage.rss(),
      lost: this.lost,
    };
  }

  /** TERM to all, KILL after the timeout in milliseconds, and the end. */
  async shutdown({ timeout = 10_000 }: { timeout?: number } = {}): Promise<void> {
    this.#ending ??= this.#shutdown(timeout);
    await this.#ending;
  }

  /** Kills what still runs: who shut it down does not want to wait any longer. */
  killAll(): void {
    void this.#services.then(({ kernel, processes }) => {
      for (const { record } of processes.table.live) kernel.signal(record.pid, 'KILL');
    });
  }

  async #shutdown(timeout: number): Promise<void> {
    this.#idle.close();
    const { kernel, processes, daemons } = await this.#services;
    const why = wosError('StatusFailed', 'unavailable', 'The kernel was shut down', {
      hint: 'wos-ctl spawn boots it again',
    });
    for (const connection of this.#connections) connection.announce(why);
    await daemons.close(timeout);
    const ends = processes.table.live.map(({ ended }) => ended);
    await kernel.shutdown({ timeout });
    // Their records say by then how they ended. What a full disk keeps from ending is reported as lost by the next kernel.
    await Promise.race([Promise.all(ends), new Promise((resolve) => setTimeout(resolve, 100).unref())]);
    this.#server?.close();
    rmSync(this.#paths.socket, { force: true });
    // The next kernel may come: this one does nothing any more.
    releaseLock(this.#paths.base);
    // Answers, of this request among them, go out before.
    setImmediate(() => {
      for (const connection of this.#connections) connection.close(why);
      this.#ended();
    });
  }
}
