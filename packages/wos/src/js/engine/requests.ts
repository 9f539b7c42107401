import { isGranted } from '../../kernel/grants.ts';
import { FileType } from '../../wasi/descriptor.ts';
import type { Script } from './script.ts';

interface Wanted {
  readonly id: number;
  readonly url: string;
  readonly method: string;
  readonly redirect: 'follow' | 'error' | 'manual';
  readonly headers: readonly [string, string][];
}

interface Running {
  readonly controller: AbortController;
  readonly fd: number;
  reader?: ReadableStreamDefaultReader<Uint8Array> | undefined;
  piece?: Uint8Array | undefined;
}

const mostRedirects = 20;
const isRedirect = (status: number) => [301, 302, 303, 307, 308].includes(status);

/** @throws Error that names what is not granted */
function checkGrant(script: Script, url: URL): void {
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw new Error(`${url.protocol} is not http or https`);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const port = Number(url.port) || (url.protocol === 'https:' ? 443 : 80);
  if (isGranted(script.process.net.connect, { host, port })) return;
  throw new Error(`net does not grant to connect to ${host}:${port}`);
}

/** The requests of one script. Node's fetch makes them; each is one of the open files of the process, and ends with it. */
export class Requests {
  readonly #script: Script;
  readonly #running = new Map<number, Running>();

  constructor(script: Script) {
    this.#script = script;
  }

  #tell(event: object): void {
    if (!this.#script.process.ended) this.#script.push({ type: 'fetch', ...event });
  }

  start(request: string, body: Uint8Array | undefined): void {
    const wanted = JSON.parse(request) as Wanted;
    const controller = new AbortController();
    const close = () => controller.abort();
    let fd: number;
    try {
      const { descriptors } = this.#script.process;
      descriptors.reserve();
      fd = descriptors.add({ fileType: FileType.SocketStream, rights: 0n, inheriting: 0n, flags: 0, close });
    } catch {
      this.#tell({ id: wanted.id, error: 'too many open files' });
      return;
    }
    const running: Running = { controller, fd };
    this.#running.set(wanted.id, running);
    this.#follow(wanted, body, controller.signal).then(
      ({ response, url, redirected }) => {
        running.reader = response.body?.getReader();
        const { status, statusText } = response;
        this.#tell({ id: wanted.id, status, statusText, url, redirected, headers: [...response.headers] });
      },
      (error: Error) => this.#failed(wanted.id, error),
    );
  }

  /** Each address on the way has to be granted, not only the first. */
  async #follow(wanted: Wanted, body: Uint8Array | undefined, signal: AbortSignal) {
    let url = new URL(wanted.url);
    let { method } = wanted;
    let data = body;
    const headers = new Headers(wanted.headers as [string, string][]);
    for (let hops = 0; hops <= mostRedirects; hops++) {
      checkGrant(this.#script, url);
      const response = await fetch(url, {
        method,
        headers,
        redirect: 'manual',
        signal,
        ...(data && { body: Buffer.from(data) }),
      });
      const target = response.headers.get('location');
      if (wanted.redirect === 'manual' || !isRedirect(response.status) || target === null) {
        return { response, url: url.href, redirected: hops > 0 };
      }
      await response.body?.cancel();
      if (wanted.redirect === 'error') throw new Error('unexpected redirect');
      const to = new URL(target, url);
      if (response.status === 303 || (response.status < 303 && method === 'POST')) {
        [method, data] = ['GET', undefined];
        headers.delete('content-type');
      }
      if (to.origin !== url.origin) for (const name of ['authorization', 'cookie']) headers.delete(name);
      url = to;
    }
    throw new Error('redirect count exceeded');
  }

  #failed(id: number, error: Error): void {
    const cause = error.cause instanceof Error ? error.cause.message : error.message;
    this.#finish(id);
    this.#tell({ id, error: cause });
  }

  #finish(id: number): void {
    const running = this.#running.get(id);
    this.#running.delete(id);
    if (running && !this.#script.process.ended) this.#script.process.descriptors.close(running.fd);
  }

  /** Reads on; an event tells when there is something to take. */
  read(id: number): void {
    const running = this.#running.get(id);
    if (running?.reader === undefined) {
      this.#finish(id);
      this.#tell({ id, end: true });
      return;
    }
    running.reader.read().then(
      ({ done, value }) => {
        running.piece = value;
        if (done) this.#finish(id);
        this.#tell({ id, ...(done ? { end: true } : { piece: true }) });
      },
      (error: Error) => this.#failed(id, error),
    );
  }

  take(id: number): Uint8Array | undefined {
    const running = this.#running.get(id);
    const piece = running?.piece;
    if (running) running.piece = undefined;
    return piece;
  }

  abort(id: number): void {
    this.#finish(id);
  }
}
