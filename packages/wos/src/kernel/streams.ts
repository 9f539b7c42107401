import { type Descriptor, FileType } from '../wasi/descriptor.ts';
import { streamInputRights, streamOutputRights } from '../wasi/rights.ts';
import type { LogWriter } from './log-writer.ts';

/** Bytes of output that may be on their way to the host at once: a process that is faster waits. */
const window = 1024 * 1024;

abstract class Stream implements Descriptor {
  readonly fileType = FileType.CharacterDevice;
  abstract rights: bigint;
  inheriting = 0n;
  flags = 0;
  readonly #waiting = new Set<() => void>();

  protected watch = (ready: () => void): (() => void) => {
    this.#waiting.add(ready);
    return () => this.#waiting.delete(ready);
  };

  protected changed(): void {
    for (const ready of [...this.#waiting]) ready();
  }

  close(): void {}
}

/** /dev/null. */
export class NullStream extends Stream {
  rights = streamInputRights | streamOutputRights;

  read(): number {
    return 0;
  }

  write(buffers: readonly Uint8Array[]): number {
    return buffers.reduce((sum, buffer) => sum + buffer.length, 0);
  }
}

/** What the host writes into, with `Kernel.writeInput()`. */
export class InputStream extends Stream {
  rights = streamInputRights;
  readonly #consumed: (bytes: number) => void;
  readonly #blocks: Uint8Array[] = [];
  #ended = false;

  /** @param consumed told how many bytes the process has read */
  constructor(consumed: (bytes: number) => void) {
    super();
    this.#consumed = consumed;
  }

  /** `undefined` ends it. */
  push(block: Uint8Array | undefined): void {
    if (block === undefined) this.#ended = true;
    else if (block.length > 0) this.#blocks.push(block);
    this.changed();
  }

  readonly watchRead = this.watch;

  readable(): { bytes: number; hangup: boolean } | undefined {
    const bytes = this.#blocks.reduce((sum, block) => sum + block.length, 0);
    return bytes > 0 || this.#ended ? { bytes, hangup: this.#ended } : undefined;
  }

  read(buffers: readonly Uint8Array[]): number | undefined {
    if (this.#blocks.length === 0) return this.#ended ? 0 : undefined;
    let count = 0;
    for (const buffer of buffers) {
      for (let at = 0; at < buffer.length && this.#blocks.length > 0; ) {
        const block = this.#blocks[0] as Uint8Array;
        const part = block.subarray(0, buffer.length - at);
        buffer.set(part, at);
        at += part.length;
        count += part.length;
        if (part.length === block.length) this.#blocks.shift();
        else this.#blocks[0] = block.subarray(part.length);
      }
    }
    if (count > 0) this.#consumed(count);
    return count;
  }
}

/** Output that the host gets as it comes. */
export class HostOutput extends Stream {
  rights = streamOutputRights;
  readonly #post: (bytes: Uint8Array) => void;
  readonly #gathered: Uint8Array[] = [];
  /** Bytes that the host has not dealt with. */
  #underway = 0;

  constructor(post: (bytes: Uint8Array) => void) {
    super();
    this.#post = post;
  }

  readonly watchWrite = this.watch;

  writable(): { bytes: number; hangup: boolean } | undefined {
    return this.#underway < window ? { bytes: window - this.#underway, hangup: false } : undefined;
  }

  write(buffers: readonly Uint8Array[]): number | undefined {
    if (this.#underway >= window) return undefined;
    const before = this.#underway;
    for (const buffer of buffers) {
      if (buffer.length === 0) continue;
      this.#gathered.push(buffer.slice());
      this.#underway += buffer.length;
    }
    return this.#underway - before;
  }

  get isDirty(): boolean {
    return this.#gathered.length > 0;
  }

  /** Sends what the slice has written. */
  flush(): void {
    const gathered = this.#gathered.splice(0);
    const [first] = gathered;
    if (first) this.#post(gathered.length === 1 ? first : new Uint8Array(Buffer.concat(gathered)));
  }

  /** The host has dealt with so many bytes. */
  acknowledge(bytes: number): void {
    this.#underway -= bytes;
    this.changed();
  }
}

/** Milliseconds after which a log on a full disk is tried again. */
const retryAfter = 200;

/** Output into a log. */
export class LogOutput extends Stream {
  rights = streamOutputRights;
  readonly #writer: LogWriter;
  readonly #stream: 'stdout' | 'stderr';

  constructor(writer: LogWriter, stream: 'stdout' | 'stderr') {
    super();
    this.#writer = writer;
    this.#stream = stream;
  }

  readonly watchWrite = (ready: () => void): (() => void) => {
    const timer = setInterval(ready, retryAfter);
    return () => clearInterval(timer);
  };

  writable(): { bytes: number; hangup: boolean } | undefined {
    return this.#writer.error && !this.#writer.flush() ? undefined : { bytes: 65_536, hangup: false };
  }

  write(buffers: readonly Uint8Array[]): number | undefined {
    let count = 0;
    for (const buffer of buffers) {
      if (!this.#writer.write(this.#stream, buffer)) return count === 0 ? undefined : count;
      count += buffer.length;
    }
    return count;
  }
}
