import type { Client, ClientDuplexStream, ClientReadableStream, Metadata } from '@grpc/grpc-js';
import type { EngineError } from '../engine/engine-error.ts';
import { isUnavailable, toEngineError } from './grpc-error.ts';
import { loadMethod } from './proto-files.ts';

/** Milliseconds for a call, unless it says otherwise. */
const usualDeadline = 30_000;

/** Milliseconds that a containerd which answered before may be away: it is restarted. */
const awayLimit = 3000;

type Grpc = typeof import('@grpc/grpc-js');

export interface CallOptions {
  /** Milliseconds. */
  readonly deadline?: number;
  /** A lease that what is made belongs to, until it is deleted. */
  readonly lease?: string;
}

interface Open {
  readonly grpc: Grpc;
  readonly client: Client;
}

/**
 * The channel to one containerd, opened by the first call and again by gRPC when it was lost. It holds the event loop only while a
 * call or a stream is under way. Every method rejects with an `EngineError`.
 */
export class Connection {
  readonly address: string;
  readonly namespace: string;
  #opening: Promise<Open> | undefined;
  #answered = false;

  constructor(address: string, namespace: string) {
    this.address = address;
    this.namespace = namespace;
  }

  /** Not sent again when the connection breaks: whoever calls must find out whether it was carried out. */
  async call<T = unknown>(path: string, request: object, options: CallOptions = {}): Promise<T> {
    return await this.#unary<T>(path, request, options, false);
  }

  /** For calls that may be made twice: sent again when the connection broke, as long as containerd may be away. */
  async ask<T = unknown>(path: string, request: object, options: CallOptions = {}): Promise<T> {
    try {
      return await this.#unary<T>(path, request, options, false);
    } catch (error) {
      if (!isUnavailable(error) || !this.#answered) throw error;
      return await this.#askAgain<T>(path, request, options, error);
    }
  }

  async #askAgain<T>(path: string, request: object, options: CallOptions, first: unknown): Promise<T> {
    const until = Date.now() + awayLimit;
    for (let left = awayLimit; left > 0; left = until - Date.now()) {
      try {
        return await this.#unary<T>(path, request, { ...options, deadline: left }, true);
      } catch (error) {
        const { kind } = error as EngineError;
        if (kind !== 'timeout' && kind !== 'unreachable') throw error;
      }
    }
    // The first error says more; the next call need not wait as long.
    this.#answered = false;
    throw first;
  }

  /** What a server streams; the caller cancels it, or reads it to its end. */
  async readStream<T>(path: string, request: object): Promise<ClientReadableStream<T>> {
    const [open, method] = await Promise.all([this.#open(), loadMethod(path)]);
    const { path: wire, requestSerialize, responseDeserialize } = method;
    const metadata = this.#metadata(open, {}, false);
    return open.client.makeServerStreamRequest(
      wire,
      requestSerialize,
      responseDeserialize,
      request,
      metadata,
    ) as ClientReadableStream<object> as ClientReadableStream<T>;
  }

  async duplexStream<Q, A>(path: string, options: CallOptions): Promise<ClientDuplexStream<Q, A>> {
    const [open, method] = await Promise.all([this.#open(), loadMethod(path)]);
    const { path: wire, requestSerialize, responseDeserialize } = method;
    const metadata = this.#metadata(open, options, false);
    const stream = open.client.makeBidiStreamRequest(wire, requestSerialize, responseDeserialize, metadata);
    return stream as ClientDuplexStream<object, object> as unknown as ClientDuplexStream<Q, A>;
  }

  /** As an `EngineError`. */
  explain(error: unknown): EngineError {
    return toEngineError(error, this.address);
  }

  close(): void {
    this.#opening?.then(
      ({ client }) => client.close(),
      () => undefined,
    );
    this.#opening = undefined;
  }

  async #unary<T>(path: string, request: object, options: CallOptions, wait: boolean): Promise<T> {
    const [open, method] = await Promise.all([this.#open(), loadMethod(path)]);
    const { path: wire, requestSerialize, responseDeserialize } = method;
    const metadata = this.#metadata(open, options, wait);
    const deadline = Date.now() + (options.deadline ?? usualDeadline);
    return await new Promise<T>((resolve, reject) => {
      open.client.makeUnaryRequest(
        wire,
        requestSerialize,
        responseDeserialize,
        request,
        metadata,
        { deadline },
        (error, answer) => {
          if (error) reject(this.explain(error));
          else {
            this.#answered = true;
            resolve(answer as T);
          }
        },
      );
    });
  }

  #metadata({ grpc }: Open, { lease }: CallOptions, waitForReady: boolean): Metadata {
    const metadata = new grpc.Metadata({ waitForReady });
    metadata.set('containerd-namespace', this.namespace);
    if (lease !== undefined) metadata.set('containerd-lease', lease);
    return metadata;
  }

  #open(): Promise<Open> {
    this.#opening ??= this.#load();
    return this.#opening;
  }

  async #load(): Promise<Open> {
    const grpc = await import('@grpc/grpc-js');
    const client = new grpc.Client(this.address, grpc.credentials.createInsecure(), {
      'grpc.initial_reconnect_backoff_ms': 50,
      'grpc.max_reconnect_backoff_ms': 500,
      // A list of many containers with their specs passes the usual 4 MB.
      'grpc.max_receive_message_length': -1,
      // Another engine of this process may have been closed in between.
      'grpc.use_local_subchannel_pool': 1,
    });
    return { grpc, client };
  }
}
