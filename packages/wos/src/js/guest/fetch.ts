import type { WosAbortSignal } from './abort.ts';
import { WosTextDecoder, WosTextEncoder } from './encoding.ts';
import { WosHeaders } from './headers.ts';
import { host } from './host.ts';
import { WosURL, WosURLSearchParams } from './url.ts';

interface FetchInit {
  readonly method?: string;
  readonly headers?: unknown;
  readonly body?: unknown;
  readonly signal?: WosAbortSignal | null;
  readonly redirect?: 'follow' | 'error' | 'manual';
}

/** What the kernel tells about a request. */
export interface FetchEvent {
  readonly id: number;
  readonly error?: string;
  readonly status?: number;
  readonly statusText?: string;
  readonly url?: string;
  readonly redirected?: boolean;
  readonly headers?: readonly [string, string][];
  /** There is a piece of the body to take; `end`: there is none any more. */
  readonly piece?: boolean;
  readonly end?: boolean;
}

interface Waiting {
  readonly resolve: (event: FetchEvent) => void;
}

const waiting = new Map<number, Waiting>();
let next = 1;

export function receiveFetch(event: FetchEvent): void {
  waiting.get(event.id)?.resolve(event);
  waiting.delete(event.id);
}

const answer = (id: number): Promise<FetchEvent> => new Promise((resolve) => waiting.set(id, { resolve }));

function failed(why: string): TypeError {
  return new TypeError('fetch failed', { cause: new Error(why) });
}

export class WosResponse {
  readonly status: number;
  readonly statusText: string;
  readonly url: string;
  readonly redirected: boolean;
  readonly headers: WosHeaders;
  bodyUsed = false;
  readonly #id: number;

  constructor(event: FetchEvent) {
    this.#id = event.id;
    this.status = event.status ?? 200;
    this.statusText = event.statusText ?? '';
    this.url = event.url ?? '';
    this.redirected = event.redirected === true;
    this.headers = new WosHeaders(event.headers);
  }
  get ok(): boolean {
    return this.status >= 200 && this.status < 300;
  }
  /** The pieces as they come. The next one is read when it is asked for. */
  async *#pieces(): AsyncGenerator<Uint8Array> {
    if (this.bodyUsed) throw new TypeError('Body is unusable: Body has already been read');
    this.bodyUsed = true;
    for (;;) {
      const told = answer(this.#id);
      host('fetch-read', this.#id);
      const event = await told;
      if (event.error !== undefined) throw failed(event.error);
      if (event.end) return;
      yield host('fetch-take', this.#id) as Uint8Array;
    }
  }
  get body(): AsyncIterable<Uint8Array> {
    return this.#pieces();
  }
  async bytes(): Promise<Uint8Array> {
    const pieces: Uint8Array[] = [];
    let size = 0;
    for await (const piece of this.#pieces()) {
      pieces.push(piece);
      size += piece.length;
    }
    const all = new Uint8Array(size);
    let at = 0;
    for (const piece of pieces) {
      all.set(piece, at);
      at += piece.length;
    }
    return all;
  }
  async arrayBuffer(): Promise<ArrayBufferLike> {
    return (await this.bytes()).buffer;
  }
  async text(): Promise<string> {
    return new WosTextDecoder().decode(await this.bytes());
  }
  async json(): Promise<unknown> {
    return JSON.parse(await this.text());
  }
}

function bodyOf(body: unknown, headers: WosHeaders): Uint8Array | undefined {
  if (body === undefined || body === null) return undefined;
  if (ArrayBuffer.isView(body)) return new Uint8Array(body.buffer, body.byteOffset, body.byteLength);
  if (body instanceof ArrayBuffer) return new Uint8Array(body);
  const isForm = body instanceof WosURLSearchParams;
  if (typeof body === 'object' && !isForm)
    throw new TypeError('fetch: a body is a text, bytes or URLSearchParams here');
  if (!headers.has('content-type')) {
    headers.set(
      'content-type',
      isForm ? 'application/x-www-form-urlencoded;charset=UTF-8' : 'text/plain;charset=UTF-8',
    );
  }
  return new WosTextEncoder().encode(String(body));
}

/** Requests to what `net` grants; the kernel makes them, as Node's fetch does. */
export async function fetch(input: unknown, init: FetchInit = {}): Promise<WosResponse> {
  const url = new WosURL(String(input));
  const { signal } = init;
  signal?.throwIfAborted();
  const headers = new WosHeaders(init.headers);
  const body = bodyOf(init.body, headers);
  const id = next++;
  const request = {
    id,
    url: url.href,
    method: init.method ?? 'GET',
    redirect: init.redirect ?? 'follow',
    headers: [...headers],
  };
  const told = answer(id);
  const aborted = () => {
    host('fetch-abort', id);
    receiveFetch({ id, error: 'aborted' });
  };
  signal?.addEventListener('abort', aborted, { once: true });
  host('fetch', JSON.stringify(request), body);
  const event = await told;
  signal?.throwIfAborted();
  if (event.error !== undefined) throw failed(event.error);
  return new WosResponse(event);
}
