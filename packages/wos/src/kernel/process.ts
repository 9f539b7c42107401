import type { Signal } from '@duende/core/contract';
import type { Script } from '../js/engine/script.ts';
import type { DescriptorTable } from '../wasi/descriptor.ts';
import type { GuestMemory } from '../wasi/guest-memory.ts';
import type { interrupted, WasiProcess } from '../wasi/process.ts';
import { exitAfterRefusal, exitOfError, type ProcessExit } from './exit.ts';
import { FuelGauge } from './fuel.ts';
import { Handlers } from './handlers.ts';
import { unwind } from './jspi.ts';
import type { Mailbox } from './mailbox.ts';
import type { ProcessHost, ProcessParts } from './process-parts.ts';
import type { CpuQuota } from './quota.ts';
import type { Schedulable } from './ready-queue.ts';
import { Suspension } from './suspension.ts';

/** A process on its kernel thread. It only ever runs from `run()` to the next suspension or to its end. */
export class Process implements WasiProcess, Schedulable {
  readonly pid: number;
  readonly args: readonly Uint8Array[];
  readonly env: readonly Uint8Array[];
  readonly descriptors: DescriptorTable;
  readonly mailbox: Mailbox;
  readonly quota: CpuQuota | undefined;
  readonly cpuTimeMax: number;
  readonly net: ProcessParts['net'];
  readonly maySpawn: boolean;
  readonly handlers = new Handlers();
  memory!: GuestMemory;
  table: WebAssembly.Table | undefined;
  /** What it runs, when it is a script. */
  script: Script | undefined;
  /** Of modules that grow their memory: 1 once that was refused. */
  refusedFlag: WebAssembly.Global | undefined;
  /** Of modules that catch exceptions: 1 makes their handlers trap. */
  endedFlag: WebAssembly.Global | undefined;
  /** Milliseconds of CPU time, without the slice that is running. */
  cpu = 0;
  ended = false;
  stopped = false;
  /** It became ready while it was stopped. */
  held = false;
  throttled = false;
  tracing = false;
  priority: number;
  virtualTime = 0;
  readySince = 0;
  queued = false;
  readonly #host: ProcessHost;
  readonly #gauge = new FuelGauge();
  readonly #suspensions: Suspension[] = [];
  #fuel: WebAssembly.Global | undefined;
  #start: (() => Promise<void>) | undefined;
  #exiting: ProcessExit | undefined;

  constructor(parts: ProcessParts, host: ProcessHost) {
    this.pid = parts.pid;
    this.priority = parts.priority;
    this.args = parts.args;
    this.env = parts.env;
    this.descriptors = parts.descriptors;
    this.mailbox = parts.mailbox;
    this.quota = parts.quota;
    this.cpuTimeMax = parts.cpuTime ?? Number.POSITIVE_INFINITY;
    this.net = parts.net;
    this.maySpawn = parts.maySpawn;
    this.#host = host;
  }

  /** Makes it run from its beginning, when its turn comes. */
  begin(start: () => Promise<void>, fuel: WebAssembly.Global): void {
    this.#start = start;
    this.#fuel = fuel;
    this.#host.scheduler.ready(this);
  }

  /** Called by the scheduler: goes on where it was. */
  run(): void {
    if (this.cpu > this.cpuTimeMax) {
      this.end({ signal: 'SIGXCPU' });
      return;
    }
    if (this.#fuel) this.#fuel.value = this.#gauge.grant();
    const start = this.#start;
    if (start !== undefined) {
      this.#start = undefined;
      start().then(
        () => this.end({ code: 0 }),
        (error) => this.#failed(error),
      );
      return;
    }
    const top = this.#suspensions.at(-1);
    const signal = this.handlers.next(top?.isReady === false);
    if (signal !== undefined) this.#handle(signal);
    else if (top?.isReady) this.#suspensions.pop()?.resume();
    else this.#host.scheduler.left(this, 'sleeping');
  }

  measure(milliseconds: number): void {
    if (this.#fuel) this.#gauge.measure(milliseconds, this.#fuel.value);
  }

  get memorySize(): number {
    return this.memory?.size ?? 0;
  }

  cpuTime(): number {
    return this.cpu + this.#host.scheduler.inSlice(this);
  }

  block<T>(start: (wake: (value: T) => void) => () => void): Promise<T | typeof interrupted> {
    const suspension = new Suspension();
    this.#suspensions.push(suspension);
    suspension.start(start as Parameters<Suspension['start']>[0], () => {
      if (this.#suspensions.at(-1) === suspension) this.#host.scheduler.ready(this);
    });
    this.#host.scheduler.left(this, 'sleeping');
    // It was woken before it slept, or a signal is there already.
    if (suspension.isReady || this.handlers.next(true) !== undefined) this.#host.scheduler.ready(this);
    return suspension.promise as Promise<T | typeof interrupted>;
  }

  yield(): Promise<void> {
    const suspension = new Suspension();
    suspension.makeReady();
    this.#suspensions.push(suspension);
    this.#host.scheduler.left(this, 'ready');
    this.#host.scheduler.ready(this);
    return suspension.promise as Promise<void>;
  }

  sleepUntil(deadline: number, wake: () => void): () => void {
    return this.#host.timers.at(deadline, wake);
  }

  /** Whether its slice is over: it should yield. */
  get isOver(): boolean {
    return this.#host.scheduler.isOver(this);
  }

  /** Has it yield at its next check, in a loop or a function. */
  endSlice(): void {
    if (this.#fuel && this.#fuel.value > 0) this.#fuel.value = 0;
  }

  exit(code: number): never {
    this.#exiting = { code };
    if (this.endedFlag) this.endedFlag.value = 1;
    throw unwind;
  }

  /** A signal that it may handle has come. */
  interrupt(): void {
    if (this.#start === undefined && this.handlers.next(true) !== undefined) this.#host.scheduler.ready(this);
  }

  #handle(signal: Signal): void {
    this.handlers.call(signal).then(
      (outcome) => {
        if (this.ended) return;
        if (outcome === 'default' && signal !== 'CONT') return this.end({ signal: `SIG${signal}` });
        if (outcome === 'handled') this.#suspensions.at(-1)?.interrupt();
        this.#host.scheduler.left(this, 'sleeping');
        if (this.#suspensions.at(-1)?.isReady || this.handlers.next(true)) this.#host.scheduler.ready(this);
      },
      (error) => {
        if (error !== unwind && this.handlers.isDefaultOf(error)) this.end({ signal: `SIG${signal}` });
        else this.#failed(error);
      },
    );
  }

  #failed(error: unknown): void {
    this.end(error === unwind && this.#exiting ? this.#exiting : exitOfError(error));
  }

  /** Ends it, wherever it is. */
  end(exit: ProcessExit): void {
    if (this.ended) return;
    this.ended = true;
    if (this.endedFlag) this.endedFlag.value = 1;
    this.#host.scheduler.forget(this);
    this.#start = undefined;
    for (const suspension of this.#suspensions.splice(0).reverse()) {
      suspension.promise.catch(() => {});
      suspension.abandon(unwind);
    }
    this.#host.ended(this, this.refusedFlag?.value === 1 ? exitAfterRefusal(exit) : exit);
  }
}
