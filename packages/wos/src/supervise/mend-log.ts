import {
  closeSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readdirSync,
  readSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';

/** Bytes that are looked at: what a stream wrote before has its end somewhere else. */
const farBack = 1024 * 1024;
const newline = 10;
const streams = ['stdout', 'stderr'] as const;

interface LogLimits {
  /** Bytes of one file, and files kept beside the current one. */
  readonly maxSize: number;
  readonly files: number;
}

/** Makes a log ready for the next run, which goes on where the last one was. @throws Error of the file system */
export function mendLog(folder: string, { maxSize, files }: LogLimits): void {
  const numbers = readdirSync(folder)
    .filter((name) => /^\d{10}$/.test(name))
    .sort();
  const last = numbers.at(-1);
  if (last === undefined) return;
  endLines(join(folder, last));
  // A run that is so short that its output is written at once does not come to that.
  if (statSync(join(folder, last)).size < maxSize) return;
  const next = String(Number(last) + 1).padStart(10, '0');
  writeFileSync(join(folder, next), '', { flag: 'a', mode: 0o600 });
  for (const old of files === 0 ? numbers : numbers.slice(0, -files))
    rmSync(join(folder, old), { force: true });
}

/**
 * Ends what the last run has left open in a log: the next one's first line is not to be joined with it. Half a record, which a
 * kernel leaves that is killed while it writes, is removed.
 */
function endLines(path: string): void {
  const file = openSync(path, 'r+');
  try {
    const { size } = fstatSync(file);
    const block = Buffer.alloc(Math.min(size, farBack));
    const begin = size - block.length;
    readSync(file, block, 0, block.length, begin);
    const whole = block.lastIndexOf(newline) + 1;
    if (whole < block.length) ftruncateSync(file, begin + whole);
    const ends = openStreams(block.toString('latin1', 0, whole)).map(
      (stream) => `${new Date().toISOString().slice(0, -1)}000Z ${stream} F \n`,
    );
    if (ends.length > 0) writeSync(file, ends.join(''), begin + whole);
  } finally {
    closeSync(file);
  }
}

/** Pure: the streams of which the last record is a part of a line, in the Kubernetes CRI log format. */
export function openStreams(records: string): string[] {
  return streams.filter((stream) => {
    const flags = records.matchAll(new RegExp(`^\\S+ ${stream} ([FP]) `, 'gm'));
    return [...flags].at(-1)?.[1] === 'P';
  });
}

/** A log that cannot be written yet does not keep a daemon from running: it waits when it writes. */
export function tryToMendLog(
  folder: string,
  limits: { maxSize: number; files: number },
  name: string,
  host: { note(text: string): void },
): void {
  try {
    mendLog(folder, limits);
  } catch (error) {
    host.note(`The log of ${name} is left as it is: ${(error as Error).message}`);
  }
}
