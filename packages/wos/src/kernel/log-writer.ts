import {
  closeSync,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';

export interface LogTarget {
  /** Made if need be, 0700. */
  readonly folder: string;
  /** Bytes after which the next file is begun, at the end of a line. */
  readonly maxSize: number;
  /** Files kept beside the one that is written. */
  readonly files: number;
}

/** Bytes that are held back for the end of a slice at most. */
const holdBack = 262_144;
const newline = 10;
const end = Buffer.from('\n');

/**
 * Writes the log of a process: numbered files with records of the Kubernetes CRI log format, `TIME STREAM FLAG TEXT`, as
 * `@duende/program` reads them. Records are gathered during a slice; `flush()` writes them. On a full disk nothing is lost: they stay
 * until they can be written.
 */
export class LogWriter {
  /** Why nothing can be written at the moment. */
  error: Error | undefined;
  readonly #target: LogTarget;
  #file: number | undefined;
  #number = 0;
  #size = 0;
  #gathered: Buffer[] = [];
  #gatheredBytes = 0;
  readonly #partOpen = { stdout: false, stderr: false };

  constructor(target: LogTarget) {
    this.#target = target;
  }

  get isDirty(): boolean {
    return this.#gatheredBytes > 0;
  }

  /** Takes all of it, or nothing while the disk is full. */
  write(stream: 'stdout' | 'stderr', bytes: Uint8Array): boolean {
    if (this.#gatheredBytes > holdBack && !this.flush()) return false;
    const head = `${timestamp()} ${stream} `;
    const [full, part] = [Buffer.from(`${head}F `), Buffer.from(`${head}P `)];
    // The memory is the process's, which goes on.
    const text = Buffer.from(bytes);
    for (let from = 0; from < text.length; ) {
      const found = text.indexOf(newline, from);
      const to = found < 0 ? text.length : found;
      this.#rotateIfFull();
      this.#gather(found < 0 ? part : full, text.subarray(from, to), end);
      this.#partOpen[stream] = found < 0;
      from = to + 1;
    }
    return true;
  }

  #gather(...parts: Buffer[]): void {
    this.#gathered.push(...parts);
    for (const part of parts) this.#gatheredBytes += part.length;
  }

  /** Writes what was gathered. @returns false when it cannot be written now: see `error` */
  flush(): boolean {
    if (this.#gatheredBytes === 0) return true;
    const block = Buffer.concat(this.#gathered, this.#gatheredBytes);
    try {
      const file = this.#file ?? this.#openLast();
      for (let done = 0; done < block.length; ) done += writeSync(file, block, done, block.length - done);
      this.#size += block.length;
      this.error = undefined;
    } catch (error) {
      this.error = error as Error;
      // Half a record would be read as a damaged one.
      if (this.#file !== undefined) ftruncateSync(this.#file, this.#size);
      this.#gathered = [block];
      return false;
    }
    this.#gathered = [];
    this.#gatheredBytes = 0;
    return true;
  }

  #openLast(): number {
    mkdirSync(this.#target.folder, { recursive: true, mode: 0o700 });
    const numbers = readdirSync(this.#target.folder).filter((name) => /^\d{10}$/.test(name));
    return this.#open(Math.max(1, ...numbers.map(Number)));
  }

  #path(number: number): string {
    return join(this.#target.folder, String(number).padStart(10, '0'));
  }

  #open(number: number): number {
    const file = openSync(this.#path(number), 'a', 0o600);
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = file;
    this.#number = number;
    this.#size = fstatSync(file).size;
    return file;
  }

  #rotateIfFull(): void {
    if (this.#size + this.#gatheredBytes < this.#target.maxSize) return;
    // While nothing can be written, each further line need not try it.
    if (this.error || this.#partOpen.stdout || this.#partOpen.stderr) return;
    if (!this.flush() || this.#size < this.#target.maxSize) return;
    try {
      this.#open(this.#number + 1);
    } catch (error) {
      this.error = error as Error;
      return;
    }
    // One more than its number a time: after a change of the setting all older ones go.
    for (let old = this.#number - 1 - this.#target.files; old > 0; old--) {
      try {
        unlinkSync(this.#path(old));
      } catch {
        break;
      }
    }
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }
}

/** With microseconds, as the other supervisors write it. */
function timestamp(): string {
  const now = performance.timeOrigin + performance.now();
  const micro = Math.floor((now % 1) * 1000);
  return `${new Date(now).toISOString().slice(0, -1)}${String(micro).padStart(3, '0')}Z`;
}
