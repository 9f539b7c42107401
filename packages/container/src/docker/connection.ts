import type { Dispatcher } from 'undici';
import { EngineError } from '../engine/engine-error.ts';
import type { ApiAddress } from './address.ts';
import { connectionError, responseError } from './errors.ts';

export interface Request {
  readonly method?: 'GET' | 'POST' | 'DELETE' | 'PUT' | 'HEAD';
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  /** Sent as JSON. */
  readonly json?: unknown;
  /** Sent as it is, a tar. */
  readonly stream?: AsyncIterable<Buffer>;
  readonly headers?: Readonly<Record<string, string>>;
  /** Milliseconds until the answer begins; 0: as long as it takes. */
  readonly timeout?: number;
  /** Answers that are no errors although they are not 2xx. */
  readonly expect?: readonly number[];
  readonly signal?: AbortSignal;
}

export type Response = Dispatcher.ResponseData;

/** The newest API that this was written for; an engine may speak an older one. */
const newestApi = 1.47;
/** Docker 19.03. */
const oldestApi = 1.4;

/** One HTTP connection pool to one engine, kept open. Docker Engine API, docs.docker.com/reference/api/engine. */
export class Connection {
  readonly address: ApiAddress;
  #pool: Promise<Dispatcher> | undefined;
  #version: Promise<string> | undefined;
  #server = '';

  constructor(address: ApiAddress) {
    this.address = address;
  }

  /** What `/_ping` says of who answers, `Docker/28.0 (linux)`, and the API to speak: its newest that we know. @throws EngineError */
  async hello(): Promise<{ server: string; api: string; podman: string | undefined }> {
    const response = await this.#send('/_ping', { timeout: 5000 });
    await response.body.dump();
    const header = (name: string): string => String(response.headers[name] ?? '');
    const offered = header('api-version');
    const [major = 0, minor = 0] = offered.split('.').map(Number);
    if (!offered || !(major >= 1) || (major === 1 && minor < 40)) {
      throw new EngineError(
        'engine',
        `its API is too old: ${offered || 'none'}, at least ${oldestApi.toFixed(2)} is needed`,
      );
    }
    const api = major > 1 || minor > 47 ? String(newestApi) : offered;
    this.#server = header('server');
    return { server: this.#server, api, podman: header('libpod-api-version') || undefined };
  }

  /** A request below the version that both sides speak. @throws EngineError */
  async request(path: string, options: Request = {}): Promise<Response> {
    const version = await this.#negotiate();
    return await this.#repeat(`/v${version}${path}`, options);
  }

  /** The same, with the answer as JSON. */
  async json<T>(path: string, options: Request = {}): Promise<T> {
    const response = await this.request(path, options);
    return await readJson<T>(response);
  }

  /** The same, without an answer. */
  async done(path: string, options: Request = {}): Promise<number> {
    const response = await this.request(path, options);
    await response.body.dump();
    return response.statusCode;
  }

  async #negotiate(): Promise<string> {
    this.#version ??= this.hello().then(({ api }) => api);
    try {
      return await this.#version;
    } catch (error) {
      this.#version = undefined;
      throw error;
    }
  }

  /** A connection that was kept open may have been closed by an engine that was restarted: what only reads is asked again. */
  async #repeat(path: string, options: Request): Promise<Response> {
    try {
      return await this.#send(path, options);
    } catch (error) {
      const reads = options.method === undefined || options.method === 'GET';
      if (
        !reads ||
        !(error instanceof EngineError) ||
        error.kind !== 'unreachable' ||
        options.signal?.aborted
      )
        throw error;
      return await this.#send(path, options);
    }
  }

  async #send(path: string, options: Request): Promise<Response> {
    const {
      method = 'GET',
      query = {},
      json,
      stream,
      headers = {},
      timeout = 30_000,
      expect = [],
      signal,
    } = options;
    const search = new URLSearchParams();
    for (const [name, value] of Object.entries(query))
      if (value !== undefined) search.set(name, String(value));
    const body = json !== undefined ? JSON.stringify(json) : stream;
    const type = json !== undefined ? 'application/json' : 'application/x-tar';
    let response: Response;
    try {
      const pool = await this.#open();
      response = await pool.request({
        path: search.size > 0 ? `${path}?${search}` : path,
        method,
        headers: { ...headers, ...(body === undefined ? {} : { 'content-type': type }) },
        headersTimeout: timeout,
        // A log or the events may be silent for days.
        bodyTimeout: 0,
        ...(body === undefined ? {} : { body: body as never }),
        ...(signal && { signal }),
      });
    } catch (cause) {
      throw connectionError(cause, this.address.text);
    }
    if (response.statusCode < 300 || expect.includes(response.statusCode)) return response;
    throw responseError(response.statusCode, await response.body.text().catch(() => ''));
  }

  #open(): Promise<Dispatcher> {
    this.#pool ??= this.#connect();
    return this.#pool;
  }

  async #connect(): Promise<Dispatcher> {
    const { Pool } = await import('undici');
    const { address } = this;
    // Many at once would only wait in the engine; what follows a log or the events holds one for itself.
    const common = { connections: 64, pipelining: 1, keepAliveTimeout: 60_000 };
    if (address.kind === 'unix') return new Pool('http://engine', { ...common, socketPath: address.path });
    const { ca, cert, key, verify = true } = address.tls ?? {};
    return new Pool(address.url, {
      ...common,
      connect: { rejectUnauthorized: verify, ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) },
    });
  }

  close(): void {
    void this.#pool?.then((pool) => pool.destroy());
    this.#pool = undefined;
  }
}

/** The whole of an answer. @throws EngineError when the connection breaks in the middle, or when it is no JSON. */
export async function readJson<T>(response: Response): Promise<T> {
  let text: string;
  try {
    text = await response.body.text();
  } catch (cause) {
    throw new EngineError('unreachable', 'the connection broke in the middle of an answer', { cause });
  }
  try {
    return JSON.parse(text) as T;
  } catch (cause) {
    throw new EngineError('engine', 'its answer is no JSON', { cause });
  }
}
