import type { LogLine } from '@duende/core/contract';
import type { Connection } from '../docker/connection.ts';
import { FrameReader, MessageJoiner, type StreamFrame } from '../docker/frames.ts';
import { EngineError } from '../engine/engine-error.ts';
import type { Task } from './api.ts';
import { containerOf, type Snapshot } from './snapshot.ts';

/** Seconds with nine digits, of an ISO time. */
function seconds(since: string | Date): string {
  const iso = typeof since === 'string' ? since : since.toISOString();
  const digits = /\.(\d+)/.exec(iso)?.[1] ?? '';
  return `${Math.floor(Date.parse(iso) / 1000)}.${digits.padEnd(9, '0').slice(0, 9)}`;
}

/** What swarm itself has to say about a log comes without a time. */
export const isMessage = (data: Buffer): boolean => /^\d{4}-\d\d-\d\dT/.test(data.toString('latin1', 0, 11));

/** What engines cut lines to. */
const partBytes = 16_384;

/** The local log driver of Docker 20.10 leaves out the end of a line that was cut: a part that is not full is its last. */
export function withLineEnd({ stream, data }: StreamFrame): StreamFrame {
  const text = data.length - data.indexOf(32) - 1;
  if (text >= partBytes || data.at(-1) === 10) return { stream, data };
  return { stream, data: Buffer.concat([data, Buffer.from('\n')]) };
}

export interface Reading {
  readonly follow?: boolean;
  readonly since?: string | Date | undefined;
  readonly tail?: number | undefined;
  readonly signal: AbortSignal;
}

/**
 * Where the log of a task is: with the engine for what is on this node, else with swarm. Not that of the whole service: with megabytes of
 * several replicas it stops in the middle and never ends (Docker 20.10).
 */
export function logPath({ containers }: Pick<Snapshot, 'containers'>, task: Task): string {
  const container = containerOf(task);
  return containers.has(container)
    ? `/containers/${container}/logs`
    : `/tasks/${encodeURIComponent(task.ID)}/logs`;
}

/** @throws EngineError */
export async function* readTaskLog(
  connection: Connection,
  path: string,
  { follow = false, since, tail, signal }: Reading,
): AsyncGenerator<LogLine> {
  const query = {
    stdout: true,
    stderr: true,
    timestamps: true,
    follow,
    since: since === undefined ? undefined : seconds(since),
    tail: tail ?? 'all',
  };
  try {
    // The answer may begin with the first line only. 404: swarm has forgotten it.
    const response = await connection.request(path, { query, signal, timeout: 0, expect: [404] });
    if (response.statusCode === 404) return await response.body.dump();
    const frames = new FrameReader();
    const joiner = new MessageJoiner();
    for await (const chunk of response.body) {
      for (const frame of frames.add(chunk as Buffer)) {
        const line = isMessage(frame.data) ? joiner.add(withLineEnd(frame)) : undefined;
        if (line) yield line;
      }
    }
    yield* joiner.rest();
  } catch (cause) {
    if (signal.aborted) return;
    if (cause instanceof EngineError) throw cause;
    throw new EngineError('unreachable', 'the connection broke in the middle of the log', { cause });
  }
}
