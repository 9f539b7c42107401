import { codeOf, failure, messageOf } from '../fail.ts';
import { shortSocketPath } from '../qemu/vm-socket.ts';
import { refusalText } from './refusal-text.ts';

/** Milliseconds that an answer may take unless it is said: on a busy machine a VMM comes late. */
const usualPatience = 20_000;
/** Bytes of an answer; `GET /` and `vm.info` have a few thousand at most. */
const largestAnswer = 4 * 1024 * 1024;

/** An answer that is no 2xx, with what the VMM says of it. */
export class RestRefusal extends Error {
  override readonly name = 'RestRefusal';
  readonly status: number;

  constructor(request: string, status: number, text: string) {
    super(`${request}: ${refusalText(text) || `status ${status}`}`);
    this.status = status;
  }
}

/** Nobody listens at the socket. */
export class RestAbsence extends Error {
  override readonly name = 'RestAbsence';
}

export interface RestClientOptions {
  /** Of the VM. */
  readonly folder: string;
  /** Name of the socket in it. */
  readonly socket: string;
  /** What comes before each path, `/api/v1/`. */
  readonly root: string;
  /** The VMM as users know it, for messages. */
  readonly title: string;
}

/**
 * The REST API that a VMM has at a unix socket. A connection for each request: whoever asks may be killed at any moment, and
 * Firecracker serves few connections at a time.
 */
export class RestClient {
  readonly #options: RestClientOptions;

  constructor(options: RestClientOptions) {
    this.#options = options;
  }

  /**
   * @returns the answer, parsed; `undefined` for an empty one
   * @throws RestAbsence, RestRefusal, PlatformError `timeout` or `engine-error`
   */
  async request(
    method: 'GET' | 'PUT' | 'PATCH',
    path: string,
    body?: unknown,
    { patience = usualPatience }: { readonly patience?: number } = {},
  ): Promise<unknown> {
    const { root, title } = this.#options;
    const { status, text } = await this.#exchange(method, `${root}${path}`, body, patience);
    if (status < 200 || status >= 300) throw new RestRefusal(`${method} ${root}${path}`, status, text);
    if (text.trim() === '') return undefined;
    try {
      return JSON.parse(text);
    } catch (cause) {
      throw failure(`The answer of ${title} to ${method} ${root}${path} is no JSON`, 'engine-error', {
        cause,
      });
    }
  }

  async #exchange(method: 'GET' | 'PUT' | 'PATCH', path: string, body: unknown, patience: number) {
    const { folder, socket, title } = this.#options;
    const { Client } = await import('undici');
    let short: ReturnType<typeof shortSocketPath>;
    try {
      short = shortSocketPath(folder, socket);
    } catch (cause) {
      throw new RestAbsence(`${title} has no folder`, { cause });
    }
    const client = new Client('http://localhost', {
      socketPath: short.path,
      headersTimeout: patience,
      bodyTimeout: patience,
      maxResponseSize: largestAnswer,
      connect: { timeout: patience },
    });
    try {
      const { statusCode, body: answer } = await client.request({
        method,
        path,
        // Neither of the two takes a body in pieces, and Firecracker none at all with GET.
        ...(body === undefined
          ? {}
          : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
      });
      return { status: statusCode, text: await answer.text() };
    } catch (cause) {
      throw this.#explain(method, path, patience, cause);
    } finally {
      await client.destroy();
      short.close();
    }
  }

  #explain(method: string, path: string, patience: number, cause: unknown): Error {
    const { title } = this.#options;
    const code = codeOf(cause);
    if (code === 'ENOENT' || code === 'ECONNREFUSED') {
      return new RestAbsence(`${title} does not listen`, { cause });
    }
    if (/TIMEOUT/.test(code)) {
      return failure(`${title} has not answered ${method} ${path} for ${patience} ms`, 'timeout', { cause });
    }
    return failure(
      `The connection to ${title} broke during ${method} ${path}: ${messageOf(cause)}`,
      'engine-error',
      {
        cause,
      },
    );
  }
}
