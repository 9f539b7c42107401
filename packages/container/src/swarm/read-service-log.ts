import type { LogLine } from '@duende/core/contract';
import { FrameReader, MessageJoiner } from '../docker/frames.ts';
import { EngineError } from '../engine/engine-error.ts';
import { servicePath } from './api.ts';
import type { SwarmContext } from './context.ts';

/** Seconds with nine digits, of an ISO time. */
function seconds(since: string | Date): string {
  const iso = typeof since === 'string' ? since : since.toISOString();
  const digits = /\.(\d+)/.exec(iso)?.[1] ?? '';
  return `${Math.floor(Date.parse(iso) / 1000)}.${digits.padEnd(9, '0').slice(0, 9)}`;
}

/** Takes the name of its task out of a message, `TIME DETAILS TEXT`; `undefined` for what swarm itself says. */
export function splitMessage(data: Buffer): { task: string; data: Buffer } | undefined {
  const time = data.indexOf(32);
  const details = data.indexOf(32, time + 1);
  if (time < 0 || details < 0 || !/^\d{4}-\d\d-\d\dT/.test(data.toString('latin1', 0, time)))
    return undefined;
  const task = data.toString('latin1', time + 1, details);
  return { task, data: Buffer.concat([data.subarray(0, time), data.subarray(details)]) };
}

export interface Reading {
  readonly follow?: boolean;
  readonly since?: string | Date | undefined;
  readonly tail?: number | undefined;
  readonly signal: AbortSignal;
}

export interface TaskLine {
  readonly task: string;
  readonly line: LogLine;
}

/** `GET /services/{id}/logs`: of all tasks that swarm knows, each in its own order. @throws EngineError */
export async function* readServiceLog(
  { connection }: SwarmContext,
  id: string,
  { follow = false, since, tail, signal }: Reading,
): AsyncGenerator<TaskLine> {
  const query = {
    stdout: true,
    stderr: true,
    timestamps: true,
    details: true,
    follow,
    since: since === undefined ? undefined : seconds(since),
    tail: tail ?? 'all',
  };
  try {
    // The answer may begin with the first line only.
    const response = await connection.request(servicePath(id, '/logs'), { query, signal, timeout: 0 });
    const frames = new FrameReader();
    const joiners = new Map<string, MessageJoiner>();
    for await (const chunk of response.body) {
      for (const { stream, data } of frames.add(chunk as Buffer)) {
        const message = splitMessage(data);
        if (message === undefined) continue;
        const { task } = message;
        const joiner = joiners.get(task) ?? new MessageJoiner();
        joiners.set(task, joiner);
        const line = joiner.add({ stream, data: message.data });
        if (line) yield { task, line };
      }
    }
    for (const [task, joiner] of joiners) for (const line of joiner.rest()) yield { task, line };
  } catch (cause) {
    if (signal.aborted) return;
    if (cause instanceof EngineError) throw cause;
    throw new EngineError('unreachable', 'the connection broke in the middle of the log', { cause });
  }
}
