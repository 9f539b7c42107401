import type { Server, ServerResponse } from 'node:http';
import { isGranted } from '../../kernel/grants.ts';
import { waitForHost } from '../../kernel/wait-for-host.ts';
import { FileType } from '../../wasi/descriptor.ts';
import type { Script } from './script.ts';

export interface HealthServer {
  /** The script has answered a question of this server: those have negative numbers. */
  answer(id: number, found: unknown): void;
  close(): void;
}

const reasons: Readonly<Record<string, string>> = {
  EADDRINUSE: 'the address is in use',
  EACCES: 'the port is not allowed',
  EADDRNOTAVAIL: 'this machine does not have the address',
  ENOTFOUND: 'the host name is unknown',
};

function send(response: ServerResponse, status: number, body: unknown): void {
  const headers = { 'content-type': 'application/json', connection: 'close', 'cache-control': 'no-store' };
  response.writeHead(status, headers).end(`${JSON.stringify(body)}\n`);
}

/** Starts to listen. @throws Error that says why it cannot */
async function listen(server: Server, port: number, host: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(new Error(`${reasons[error.code ?? ''] ?? error.message} (${error.code})`));
    });
    server.listen(port, host, resolve);
  });
}

/**
 * Answers GET on exactly this address as the host of @duende/core does on Node: 200 (healthy) or 503, and a JSON body.
 * @throws Error that says why the address cannot be used: not granted, in use
 */
export async function serveHealth(script: Script, address: string): Promise<HealthServer> {
  const { process } = script;
  const url = URL.parse(address);
  if (url?.protocol !== 'http:')
    throw new Error(`expected http://HOST:PORT/PATH, got ${JSON.stringify(address)}`);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const port = url.port === '' ? 80 : Number(url.port);
  if (!isGranted(process.net.listen, { host, port }))
    throw new Error(`net does not grant to listen on ${url.host}`);
  process.descriptors.reserve();
  const waiting = new Map<number, ServerResponse>();
  let next = -1;
  const opening = import('node:http').then(async ({ createServer }) => {
    const server = createServer((request, response) => {
      if (request.url?.split('?')[0] !== url.pathname)
        return send(response, 404, { error: `health is at ${url.pathname}` });
      if (request.method !== 'GET' && request.method !== 'HEAD')
        return send(response, 405, { error: 'expected GET' });
      const id = next--;
      waiting.set(id, response);
      response.on('close', () => waiting.delete(id));
      script.push({ type: 'health', id });
    });
    await listen(server, port, host);
    return server;
  });
  const opened = await waitForHost(process, opening, (server) => server.close());
  const close = () => {
    opened.close();
    opened.closeAllConnections();
  };
  process.descriptors.add({ fileType: FileType.SocketStream, rights: 0n, inheriting: 0n, flags: 0, close });
  return {
    answer(id, found) {
      const response = waiting.get(id);
      if (response) send(response, (found as { healthy?: boolean } | null)?.healthy ? 200 : 503, found);
    },
    close,
  };
}
