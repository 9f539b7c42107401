import { setTimeout as sleep } from 'node:timers/promises';
import { PlatformError } from '@duende/core/contract';
import type { Kernel, ProcessExit } from '../../src/kernel/index.ts';
import { secret } from './escapes.ts';
import { soakModule } from './generate.ts';
import type { Ends, SoakModule } from './kinds.ts';

/** Milliseconds for a process to be gone once it was killed, on a busy machine. */
const mostAfterKill = 20_000;

export interface SoakResult {
  /** How often each kind ended in each way. */
  readonly ends: Record<string, Record<string, number>>;
  readonly failures: string[];
  /** Milliseconds from a kill to the end, the longest. */
  slowestKill: number;
}

/** Many processes at one time, each one's end as its kind says. */
export class Soak {
  readonly result: SoakResult = { ends: {}, failures: [], slowestKill: 0 };
  readonly #kernel: Kernel;
  readonly #folder: string;

  /** @param folder what those that have files are given */
  constructor(kernel: Kernel, folder: string) {
    this.#kernel = kernel;
    this.#folder = folder;
  }

  /** `count` modules from this seed on, `atOnce` of them at one time. */
  async run(firstSeed: number, count: number, atOnce: number): Promise<void> {
    let next = firstSeed;
    const line = async () => {
      while (next < firstSeed + count && this.result.failures.length < 5) {
        const seed = next++;
        const made = soakModule(seed);
        const end = await this.#one(made).catch((error: Error) => `failed: ${error.stack ?? error}`);
        if (end !== undefined)
          this.result.failures.push(`WOS_FUZZ_SEED=${seed} WOS_SOAK=1: ${made.kind}: ${end}`);
      }
    };
    await Promise.all(Array.from({ length: atOnce }, line));
  }

  /** What is wrong with how it went; nothing when it went well. */
  async #one(made: SoakModule): Promise<string | undefined> {
    const output: Buffer[] = [];
    const take = (bytes: Uint8Array) => void output.push(Buffer.from(bytes));
    const preopens = made.files ? [{ guest: '/given', host: this.#folder, write: true }] : [];
    let pid: number;
    try {
      pid = await this.#kernel.spawn({
        name: made.kind,
        module: made.module,
        ...(made.args ? { args: made.args } : {}),
        ...(made.limits ? { limits: made.limits } : {}),
        capabilities: { preopens, ...(made.starts ? { spawn: true } : {}) },
        stdout: take,
        stderr: take,
      });
    } catch (error) {
      return this.#refused(made, error);
    }
    if (made.ends === 'refused') return 'it was not refused';
    const exit = await this.#end(pid, made);
    const left = made.starts ? await this.#endFamily(pid) : 0;
    if (left > 0) return `${left} of its family are not gone`;
    if (exit === undefined) return `not gone ${mostAfterKill} ms after it was killed`;
    this.#count(made.kind, 'code' in exit ? `exit ${exit.code === 0 ? '0' : 'N'}` : exit.signal);
    const printed = Buffer.concat(output).toString('latin1');
    if (printed.includes(secret)) return 'it read what it must not read';
    const { memory, openFiles } = this.#kernel.stats(pid);
    if (made.limits?.memoryMax !== undefined && memory > made.limits.memoryMax)
      return `it had ${memory} bytes`;
    if (openFiles > (made.limits?.openFiles ?? 256)) return `it had ${openFiles} open files`;
    return isAsExpected(made.ends, exit, printed)
      ? undefined
      : `${JSON.stringify(exit)} ${printed.slice(0, 200)}`;
  }

  #refused(made: SoakModule, error: unknown): string | undefined {
    const isClear =
      error instanceof PlatformError &&
      error.code === 'SpawnFailed' &&
      /^(The |WebAssembly)[^\n]{10,600}$/.test(error.message);
    if (!isClear) return `refused, not clearly: ${error}`;
    this.#count(made.kind, 'refused');
    return made.ends === 'refused' || made.ends === 'any' ? undefined : `refused: ${error.message}`;
  }

  /** Its end, by itself or killed. */
  async #end(pid: number, made: SoakModule): Promise<ProcessExit | undefined> {
    let tooLong: NodeJS.Timeout | undefined;
    let killed = 0;
    const never = new Promise<undefined>((resolve) => {
      const kill = () => {
        killed = performance.now();
        this.#kill(pid, made);
        tooLong = setTimeout(() => resolve(undefined), mostAfterKill);
      };
      tooLong = setTimeout(kill, made.killAfter);
    });
    const exit = await Promise.race([this.#kernel.wait(pid), never]);
    clearTimeout(tooLong);
    if (killed > 0) this.result.slowestKill = Math.max(this.result.slowestKill, performance.now() - killed);
    return exit;
  }

  #kill(pid: number, made: SoakModule): void {
    if (made.starts) this.#kernel.signalTree(pid, 'KILL');
    else {
      try {
        this.#kernel.signal(pid, 'KILL');
      } catch (error) {
        // It has ended in this moment: wait() is about to say so.
        if ((error as PlatformError).reason !== 'not-running') throw error;
      }
    }
  }

  /** Kills what it has started and left; how many do not go. */
  async #endFamily(pid: number): Promise<number> {
    this.#kernel.signalTree(pid, 'KILL');
    for (const end = performance.now() + mostAfterKill; performance.now() < end; await sleep(2))
      if (this.#kernel.descendants(pid).length === 0) return 0;
    return this.#kernel.descendants(pid).length;
  }

  #count(kind: string, end: string): void {
    this.result.ends[kind] ??= {};
    const counts = this.result.ends[kind];
    counts[end] = (counts[end] ?? 0) + 1;
  }
}

function isAsExpected(ends: Ends, exit: ProcessExit, printed: string): boolean {
  if (ends === 'any' || ends === 'refused') return true;
  if (ends === 'never')
    return 'signal' in exit && ['SIGKILL', 'SIGXCPU'].includes(exit.signal) && !('trap' in exit);
  if ('code' in ends)
    return (
      'code' in exit && exit.code === ends.code && (ends.stdout === undefined || ends.stdout === printed)
    );
  return 'signal' in exit && ends.includes(exit.signal);
}
