import { existsSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { LogLine, LogsOptions } from '@duende/core/contract';
import { LogCursor, logNumbers, readLastLines } from './log-files.ts';
import { LineJoiner } from './log-record.ts';
import { watchChanges } from './watch.ts';

function timeOf(since: string | Date): string {
  const iso = new Date(since).toISOString();
  // The log has microseconds; strings of one form compare as times do.
  return iso.replace(/Z$/, '000Z');
}

/** The supervisor makes the folder while the program is being executed: it is there at once, or the disk is full. */
async function untilThere(folder: string): Promise<void> {
  for (let round = 0; round < 50 && !existsSync(folder); round += 1) await delay(2);
}

/** The lines of the log that a supervisor keeps in a folder. `hasEnded`: nothing will be added any more. */
export async function* readLogFolder(
  folder: string,
  hasEnded: () => boolean | Promise<boolean>,
  { follow = false, since, tail, signal }: LogsOptions = {},
): AsyncGenerator<LogLine> {
  const from = since === undefined ? '' : timeOf(since);
  const wanted = (line: LogLine): boolean => line.time >= from;
  // Watch before reading: what is written in between is then not missed.
  if (follow) await untilThere(folder);
  const changes = follow ? watchChanges(folder) : undefined;
  signal?.addEventListener('abort', () => changes?.close(), { once: true });
  let joiner = new LineJoiner();
  let cursor: LogCursor;
  if (tail === undefined) {
    cursor = new LogCursor(folder, (await logNumbers(folder))[0] ?? 1, 0);
  } else {
    const begin = await readLastLines(folder, tail);
    joiner = begin.joiner;
    cursor = new LogCursor(folder, begin.number, begin.offset);
    yield* begin.lines.filter(wanted);
  }
  try {
    while (!signal?.aborted) {
      // Asked before reading: whatever was written by then is read below.
      const last = !follow || (await hasEnded());
      for (let block = await cursor.read(); block; block = await cursor.read()) {
        for (const line of joiner.add(block)) if (wanted(line)) yield line;
        if (signal?.aborted) return;
      }
      if (last) break;
      await changes?.next(500);
    }
    yield* joiner.rest().filter(wanted);
  } finally {
    changes?.close();
    await cursor.close();
  }
}
