import type { IncomingMessage, ServerResponse } from 'node:http';
import type { HealthAnswer } from './health.ts';
import { configProblem, HostError } from './host-error.ts';

const reasons: Readonly<Record<string, string>> = {
  EADDRINUSE: 'the address is in use',
  EACCES: 'the port is not allowed',
  EADDRNOTAVAIL: 'this machine does not have the address',
  ENOTFOUND: 'the host name is unknown',
};

/**
 * Answers GET on exactly this address with 200 (healthy) or 503, and a JSON body; resolves with how to end that.
 * @throws HostError saying why the address cannot be used.
 */
export async function serveHealth(
  address: string,
  answer: () => Promise<HealthAnswer>,
  onListening: (url: string) => void = () => {},
): Promise<() => Promise<void>> {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url?.protocol !== 'http:') {
    throw configProblem(`Health address: expected http://HOST:PORT/PATH, got ${JSON.stringify(address)}`);
  }
  // Loaded here, since most daemons do without it.
  const { createServer } = await import('node:http');
  const server = createServer((request, response) => void respond(url.pathname, answer, request, response));
  const host = url.hostname.replace(/^\[|\]$/g, '');
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const why = reasons[error.code ?? ''] ?? error.message;
      reject(new HostError(`Cannot answer health probes at ${url.href}: ${why} (${error.code})`, 1, error));
    });
    server.listen(url.port === '' ? 80 : Number(url.port), host, resolve);
  });
  const bound = server.address();
  if (typeof bound === 'object' && bound) url.port = String(bound.port);
  onListening(url.href);
  return () =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
}

async function respond(
  path: string,
  answer: () => Promise<HealthAnswer>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const send = (status: number, body: unknown) => {
    response.writeHead(status, {
      'content-type': 'application/json',
      connection: 'close',
      'cache-control': 'no-store',
    });
    response.end(`${JSON.stringify(body)}\n`);
  };
  if (request.url?.split('?')[0] !== path) return send(404, { error: `health is at ${path}` });
  if (request.method !== 'GET' && request.method !== 'HEAD') return send(405, { error: 'expected GET' });
  const body = await answer();
  send(body.healthy ? 200 : 503, body);
}
