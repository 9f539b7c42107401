import type { Descriptor } from '../wasi/descriptor.ts';
import type { LogTarget, LogWriter } from './log-writer.ts';
import type { OutputName, OutputTarget, ProcessPlan } from './protocol.ts';
import type { SharedResources } from './shared-resources.ts';
import { HostOutput, LogOutput, NullStream } from './streams.ts';

/** stdout and stderr of a process. Into one log when they name the same folder, with all that do. */
export class Outputs {
  readonly logs: LogWriter[] = [];
  readonly stdout: Descriptor;
  readonly stderr: Descriptor;
  readonly #host = new Map<OutputName, HostOutput>();
  readonly #shared: SharedResources;
  readonly #targets: LogTarget[] = [];
  #blocked: string | undefined;

  constructor(
    plan: ProcessPlan,
    shared: SharedResources,
    post: (stream: OutputName, bytes: Uint8Array) => void,
  ) {
    this.#shared = shared;
    this.stdout = this.#make('stdout', plan.stdout, post);
    this.stderr = this.#make('stderr', plan.stderr, post);
  }

  #make(
    stream: OutputName,
    target: OutputTarget,
    post: (stream: OutputName, bytes: Uint8Array) => void,
  ): Descriptor {
    if (target === 'ignore') return new NullStream();
    if (target === 'host') {
      const output = new HostOutput((bytes) => post(stream, bytes));
      this.#host.set(stream, output);
      return output;
    }
    const writer = this.#shared.takeLog(target);
    this.#targets.push(target);
    if (!this.logs.includes(writer)) this.logs.push(writer);
    return new LogOutput(writer, stream);
  }

  acknowledge(stream: OutputName, bytes: number): void {
    this.#host.get(stream)?.acknowledge(bytes);
  }

  get isDirty(): boolean {
    return this.logs.some((log) => log.isDirty) || [...this.#host.values()].some((output) => output.isDirty);
  }

  /** Writes what is held back; false when something cannot be written now. */
  flush(): boolean {
    for (const output of this.#host.values()) output.flush();
    let done = true;
    for (const log of this.logs) done = log.flush() && done;
    return done;
  }

  /** Why the log cannot be written, when that has changed since the last call; an empty text: it can again. */
  takeChange(): string | undefined {
    const why = this.logs.find((log) => log.error)?.error?.message;
    if (why === this.#blocked) return undefined;
    this.#blocked = why;
    return why ?? '';
  }

  close(): void {
    for (const target of this.#targets.splice(0)) this.#shared.leaveLog(target);
  }
}
