import { type FileHandle, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { LogLine } from '@duende/core/contract';
import { LineJoiner } from './log-record.ts';

/** The numbers of the log files, oldest first; the last one is being written. */
export async function logNumbers(folder: string): Promise<number[]> {
  const names = await readdir(folder).catch(() => []);
  return names
    .filter((name) => /^\d{10}$/.test(name))
    .map(Number)
    .sort((a, b) => a - b);
}

function path(folder: string, number: number): string {
  return join(folder, String(number).padStart(10, '0'));
}

/** Reads the files of a log one after the other, from a position on, as far as they have been written. */
export class LogCursor {
  readonly #folder: string;
  #number: number;
  #offset: number;
  #file: FileHandle | undefined;

  constructor(folder: string, number: number, offset: number) {
    this.#folder = folder;
    this.#number = number;
    this.#offset = offset;
  }

  /** The next block of whole records; `undefined` at the end of what there is. */
  async read(): Promise<Buffer | undefined> {
    for (;;) {
      this.#file ??= await open(path(this.#folder, this.#number), 'r').catch(() => undefined);
      const block = this.#file && (await this.#readRecords(this.#file));
      if (block) return block;
      const next = (await logNumbers(this.#folder)).find((number) => number > this.#number);
      if (next === undefined) return undefined;
      // The file may have grown until its successor was made; it does not any more.
      const rest = this.#file && (await this.#readRecords(this.#file));
      if (rest) return rest;
      await this.close();
      this.#number = next;
      this.#offset = 0;
    }
  }

  async #readRecords(file: FileHandle): Promise<Buffer | undefined> {
    for (let size = 65_536; ; size *= 2) {
      const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(size), 0, size, this.#offset);
      const end = buffer.subarray(0, bytesRead).lastIndexOf(10);
      if (end >= 0) {
        this.#offset += end + 1;
        return buffer.subarray(0, end + 1);
      }
      if (bytesRead < size) return undefined;
    }
  }

  async close(): Promise<void> {
    await this.#file?.close();
    this.#file = undefined;
  }
}

/** The last so many bytes of a file from a record's begin on, or all of it. */
async function readTail(
  file: string,
  bytes: number,
): Promise<{ block: Buffer; whole: boolean; size: number }> {
  const handle = await open(file, 'r');
  try {
    const { size } = await handle.stat();
    const from = Math.max(0, size - bytes);
    const { buffer, bytesRead } = await handle.read(Buffer.allocUnsafe(size - from), 0, size - from, from);
    const block = buffer.subarray(0, bytesRead);
    return { block: from === 0 ? block : block.subarray(block.indexOf(10) + 1), whole: from === 0, size };
  } finally {
    await handle.close();
  }
}

/** The last `count` lines, and the place behind them from which a cursor goes on. */
export async function readLastLines(
  folder: string,
  count: number,
): Promise<{ lines: LogLine[]; joiner: LineJoiner; number: number; offset: number }> {
  const numbers = await logNumbers(folder);
  const last = numbers.at(-1) ?? 1;
  let lines: LogLine[] = [];
  let joiner = new LineJoiner();
  let offset = 0;
  // More and more from the end until there are enough lines: two, since the first may be the end of a longer one.
  for (let bytes = 65_536; ; bytes *= 4) {
    const blocks: Buffer[] = [];
    let left = bytes;
    let complete = true;
    for (const number of [...numbers].reverse()) {
      const tail = await readTail(path(folder, number), left).catch(() => undefined);
      if (!tail) continue;
      const end = tail.block.lastIndexOf(10) + 1;
      if (number === last) offset = tail.size - (tail.block.length - end);
      blocks.unshift(tail.block.subarray(0, end));
      left -= tail.block.length;
      complete = tail.whole;
      if (!complete || left <= 0) break;
    }
    joiner = new LineJoiner();
    lines = blocks.flatMap((block) => joiner.add(block));
    if (lines.length > count + 1 || (complete && left > 0)) break;
  }
  return { lines: count === 0 ? [] : lines.slice(-count), joiner, number: last, offset };
}
