import { createHash, randomBytes } from 'node:crypto';
import type { ClientDuplexStream } from '@grpc/grpc-js';
import { EngineError } from '../engine/engine-error.ts';
import type { Connection } from './connection.ts';
import { isAlreadyThere } from './grpc-error.ts';
import type { Descriptor } from './messages.ts';

/** Bytes of one message; containerd takes 16 MiB. */
const chunkSize = 1 << 20;

/** Bytes of a manifest or config. */
const jsonLimit = 8 << 20;

interface WriteRequest {
  readonly action: 'WRITE' | 'COMMIT';
  readonly ref: string;
  readonly total?: number;
  readonly offset?: number;
  readonly expected?: string;
  readonly data?: Buffer;
  readonly labels?: Readonly<Record<string, string>>;
}

interface WriteAnswer {
  readonly offset: number;
}

export interface Blob {
  readonly digest: string;
  readonly size: number;
}

export interface BlobOptions {
  readonly lease: string;
  /** Of the blob's digest: it is not known before. */
  readonly labels?: (digest: string) => Readonly<Record<string, string>>;
}

type WriteStream = ClientDuplexStream<WriteRequest, WriteAnswer>;

/** One request, one answer: the writer waits for each, so that a slow disk slows the reader down. */
function exchange(stream: WriteStream, request: WriteRequest): Promise<WriteAnswer> {
  return new Promise((resolve, reject) => {
    const done = (): void => {
      stream.off('data', onData).off('error', onError).off('end', onEnd);
    };
    const onData = (answer: WriteAnswer): void => {
      done();
      resolve(answer);
    };
    const onError = (error: Error): void => {
      done();
      reject(error);
    };
    const onEnd = (): void => onError(new Error('containerd ended the write early'));
    stream.on('data', onData).on('error', onError).on('end', onEnd);
    stream.write(request);
  });
}

async function* chunks(bytes: AsyncIterable<Buffer> | Iterable<Buffer>): AsyncGenerator<Buffer> {
  let held: Buffer[] = [];
  let size = 0;
  for await (const piece of bytes) {
    held.push(piece);
    size += piece.length;
    if (size < chunkSize) continue;
    const all = Buffer.concat(held);
    let at = 0;
    for (; all.length - at >= chunkSize; at += chunkSize) yield all.subarray(at, at + chunkSize);
    held = [all.subarray(at)];
    size = all.length - at;
  }
  if (size > 0) yield Buffer.concat(held);
}

/** Writes bytes into the content store; no error when they are there. @throws EngineError `full` */
export async function writeBlob(
  connection: Connection,
  bytes: AsyncIterable<Buffer> | Iterable<Buffer>,
  { lease, labels }: BlobOptions,
): Promise<Blob> {
  const ref = `duende-${randomBytes(12).toString('hex')}`;
  const stream: WriteStream = await connection.duplexStream('Content.Write', { lease });
  const hash = createHash('sha256');
  let size = 0;
  let failed: unknown;
  stream.on('error', (error) => {
    failed ??= error;
  });
  try {
    for await (const data of chunks(bytes)) {
      if (failed) throw failed;
      hash.update(data);
      await exchange(stream, { action: 'WRITE', ref, offset: size, data });
      size += data.length;
    }
    if (failed) throw failed;
    const digest = `sha256:${hash.digest('hex')}`;
    const commit = { action: 'COMMIT', ref, offset: size, total: size, expected: digest } as const;
    await exchange(stream, { ...commit, labels: labels?.(digest) ?? {} }).catch((error) => {
      if (!isAlreadyThere(error)) throw error;
    });
    return { digest, size };
  } catch (error) {
    // What is written so far would stay for a day.
    stream.cancel();
    await connection.call('Content.Abort', { ref }).catch(() => undefined);
    throw connection.explain(error);
  } finally {
    stream.end();
  }
}

/** A small blob, whole. @throws EngineError `not-found` */
export async function readBlob(connection: Connection, { digest, size }: Blob): Promise<Buffer> {
  if (size > jsonLimit) throw new EngineError('engine', `${digest} has ${size} bytes: no manifest`);
  const stream = await connection.readStream<{ data: Buffer }>('Content.Read', { digest });
  const pieces: Buffer[] = [];
  try {
    for await (const { data } of stream) pieces.push(data as Buffer);
  } catch (error) {
    throw connection.explain(error);
  }
  return Buffer.concat(pieces);
}

export async function readJson<T>(connection: Connection, descriptor: Descriptor): Promise<T> {
  return JSON.parse((await readBlob(connection, descriptor)).toString('utf8')) as T;
}

/** Labels for a blob that was there before, perhaps without them. */
export async function labelBlob(
  connection: Connection,
  digest: string,
  labels: Readonly<Record<string, string>>,
): Promise<void> {
  const paths = Object.keys(labels).map((label) => `labels.${label}`);
  if (paths.length === 0) return;
  await connection.call('Content.Update', { info: { digest, labels }, updateMask: { paths } });
}
