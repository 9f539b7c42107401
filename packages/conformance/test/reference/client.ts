import { createConnection } from 'node:net';
import { createInterface } from 'node:readline';
import {
  type Capabilities,
  type DaemonHandle,
  type LogLine,
  type PlatformAdapter,
  PlatformError,
  type PlatformErrorCode,
  type PlatformErrorReason,
} from '@duende/core/contract';

export interface Request {
  readonly id: number;
  readonly method: string;
  readonly args: readonly unknown[];
}

export interface Answer {
  readonly id: number;
  readonly value?: unknown;
  readonly error?: { message: string; code: PlatformErrorCode; reason: PlatformErrorReason; field?: string };
}

/** A client of the reference adapter in another process: what the harness's `clientModule` names. */
export async function createAdapter(): Promise<PlatformAdapter> {
  const socket = createConnection(process.env.DUENDE_REFERENCE_SOCKET ?? '');
  const waiting = new Map<number, (answer: Answer) => void>();
  let count = 0;
  createInterface({ input: socket }).on('line', (text) => {
    const answer = JSON.parse(text) as Answer;
    waiting.get(answer.id)?.(answer);
    waiting.delete(answer.id);
  });
  const call = async <T>(method: string, ...args: unknown[]): Promise<T> => {
    const id = count++;
    const answer = await new Promise<Answer>((resolve) => {
      waiting.set(id, resolve);
      socket.write(`${JSON.stringify({ id, method, args })}\n`);
    });
    if (!answer.error) return answer.value as T;
    const { message, code, reason, field } = answer.error;
    throw new PlatformError(code, message, { reason, field });
  };
  const capabilities = await call<Capabilities>('capabilities');
  return {
    platform: 'native',
    capabilities,
    probe: () => call('probe'),
    spawn: (spec) => call('spawn', spec),
    signal: (handle, signal) => call('signal', handle, signal),
    status: (handle) => call('status', handle),
    attachTracer: () => Promise.reject(new Error('not over the socket')),
    stop: (handle, options) => call('stop', handle, options),
    restart: (handle, options) => call('restart', handle, options),
    wait: (handle) => call('wait', handle),
    async *logs(handle: DaemonHandle): AsyncGenerator<LogLine> {
      yield* await call<LogLine[]>('logs', handle);
    },
    stats: (handle) => call('stats', handle),
    list: () => call('list'),
    find: (name) => call('find', name),
    remove: (handle, options) => call('remove', handle, options),
    async close() {
      socket.end();
    },
  };
}
