import type { LogLine, LogsOptions } from '@duende/core/contract';
import { EngineError } from '../engine/engine-error.ts';
import type { Connection } from './connection.ts';
import { FrameReader, MessageJoiner } from './frames.ts';

/** Seconds with nine digits, of an ISO time. */
function seconds(since: string | Date): string {
  const iso = typeof since === 'string' ? since : since.toISOString();
  const milliseconds = new Date(iso).getTime();
  const digits = /\.(\d+)/.exec(iso)?.[1] ?? '';
  return `${Math.floor(milliseconds / 1000)}.${digits.padEnd(9, '0').slice(0, 9)}`;
}

/** `GET /containers/{id}/logs`, with times. Ends, when followed, with the container. */
export async function* readLogs(
  connection: Connection,
  id: string,
  { follow = false, since, tail, signal }: LogsOptions,
): AsyncGenerator<LogLine> {
  if (signal?.aborted) return;
  const stop = new AbortController();
  const abort = (): void => stop.abort();
  signal?.addEventListener('abort', abort, { once: true });
  const query = {
    stdout: true,
    stderr: true,
    timestamps: true,
    follow,
    since: since === undefined ? undefined : seconds(since),
    tail: tail === undefined ? 'all' : tail,
  };
  try {
    const path = `/containers/${encodeURIComponent(id)}/logs`;
    const response = await connection.request(path, { query, signal: stop.signal });
    const frames = new FrameReader();
    const joiner = new MessageJoiner();
    for await (const chunk of response.body) {
      for (const frame of frames.add(chunk as Buffer)) {
        const line = joiner.add(frame);
        if (line) yield line;
      }
    }
    yield* joiner.rest();
  } catch (cause) {
    if (signal?.aborted) return;
    if (cause instanceof EngineError) throw cause;
    throw new EngineError('unreachable', 'the connection broke in the middle of the log', { cause });
  } finally {
    signal?.removeEventListener('abort', abort);
    stop.abort();
  }
}
