import { createServer, type IncomingMessage } from 'node:http';

/** What a request is answered with. */
export interface Answer {
  readonly status: number;
  readonly body?: unknown;
  /** Called when the answer is out. */
  readonly afterwards?: () => void;
}

export interface ApiRequest {
  readonly method: string;
  /** With its slash, without a query. */
  readonly path: string;
  /** `undefined` when there was none. */
  readonly body: string | undefined;
}

/** Bytes of a body, `HTTP_MAX_PAYLOAD_SIZE` of Firecracker. */
const largest = 51_200;

async function bodyOf(request: IncomingMessage): Promise<string | undefined> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  const body = Buffer.concat(parts);
  return body.length === 0 ? undefined : body.toString('utf8');
}

/** Serves an API at a unix socket, one request after the other, as the VMMs do. Rejects where there is a socket already. */
export async function serveApi(
  path: string,
  answer: (request: ApiRequest) => Promise<Answer>,
): Promise<void> {
  let last: Promise<unknown> = Promise.resolve();
  const server = createServer((request, response) => {
    const work = async (): Promise<void> => {
      const body = await bodyOf(request);
      const asked = { method: request.method ?? '', path: request.url ?? '', body };
      const isTooLong = (body?.length ?? 0) > largest || request.headers['transfer-encoding'] !== undefined;
      const {
        status,
        body: said,
        afterwards,
      } = isTooLong ? ({ status: 413 } as Answer) : await answer(asked);
      const text = said === undefined ? '' : JSON.stringify(said);
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(text, afterwards);
    };
    last = last.then(work, work);
    last.catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
}
