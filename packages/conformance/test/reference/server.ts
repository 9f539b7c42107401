import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { DaemonHandle, LogsOptions, PlatformAdapter } from '@duende/core';
import type { Answer, Request } from './client.ts';

async function perform(adapter: PlatformAdapter, { method, args }: Request): Promise<unknown> {
  if (method === 'capabilities') return adapter.capabilities;
  if (method === 'logs') {
    const lines: unknown[] = [];
    for await (const line of adapter.logs(args[0] as DaemonHandle, (args[1] ?? {}) as LogsOptions))
      lines.push(line);
    return lines;
  }
  const call: unknown = adapter[method as keyof PlatformAdapter];
  return typeof call === 'function' ? call.apply(adapter, args) : undefined;
}

/** Serves a world to other processes on a Unix socket. Each connection is a client of its own. */
export async function serveWorld(
  create: () => PlatformAdapter,
  onGone: (adapter: PlatformAdapter) => void = () => {},
) {
  const folder = await mkdtemp(join(tmpdir(), 'duende-reference-'));
  const path = join(folder, 'socket');
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    const adapter = create();
    const answer = (message: Answer): void => {
      if (socket.writable) socket.write(`${JSON.stringify(message)}\n`);
    };
    createInterface({ input: socket }).on('line', (text) => {
      // JSON has no undefined: what was left out arrives as null.
      const request = JSON.parse(text, (_, value) => value ?? undefined) as Request;
      perform(adapter, request).then(
        (value) => answer({ id: request.id, ...(value !== undefined && { value }) }),
        ({ message, code, reason, field }) =>
          answer({ id: request.id, error: { message, code, reason, field } }),
      );
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      sockets.delete(socket);
      onGone(adapter);
    });
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return {
    path,
    async close(): Promise<void> {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
      await rm(folder, { recursive: true, force: true });
    },
  };
}
