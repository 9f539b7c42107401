import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import { configError } from '@duende/core/contract';
import { failed } from '../adapter/failures.ts';
import { encodeFrame, type Frame, FrameReader, frameTypes, words } from '../adapter/frames.ts';
import type { GuestExit } from '../adapter/guest-session.ts';
import { codeOf } from '../fail.ts';
import { shortSocketPath } from '../qemu/vm-socket.ts';

export interface GuestExecInput {
  readonly argv: readonly string[];
  /** In the guest. */
  readonly cwd: string;
  /** `NAME=VALUE`. */
  readonly env: readonly string[];
  readonly uid: number;
  readonly gid: number;
  /** /dev/null without it. */
  readonly stdin: Readable | undefined;
  readonly stdout: Writable;
  readonly stderr: Writable;
  /** Aborted when nobody reads stdout any more: it is dropped then. */
  readonly outputClosed: AbortSignal;
}

const id = 1;
/** Of EXEC in agent/PROTOCOL.md: stdin is a pipe. */
const pipedStdin = 1;
/** Bytes of a piece of stdin. */
const pieceSize = 65_536;
/** Bytes of a frame, and of that what is not text: agent/PROTOCOL.md. */
const longest = 1024 * 1024 - 64;

const lost = (cause?: unknown) =>
  failed(
    { code: 'StatusFailed', name: 'exec' },
    'The connection to the guest was lost',
    'not-running',
    undefined,
    cause,
  );

const stringsOf = ({ cwd, argv, env }: GuestExecInput): Buffer =>
  Buffer.from([cwd, ...argv, ...env].map((text) => `${text}\0`).join(''));

/** One program in a guest, whose streams are those of this process. What is not read here holds it up, and what it does not read holds us up. */
export class GuestExec {
  readonly #socket: Socket;
  readonly #input: GuestExecInput;
  readonly #end = Promise.withResolvers<GuestExit>();

  private constructor(socket: Socket, input: GuestExecInput) {
    this.#socket = socket;
    this.#input = input;
    this.#end.promise.catch(() => undefined);
    const reader = new FrameReader();
    socket.on('data', (chunk: Buffer) => {
      for (const frame of reader.push(chunk)) this.#take(frame);
    });
    socket.on('error', () => undefined);
    input.outputClosed.addEventListener('abort', () => socket.resume(), { once: true });
    socket.on('close', () => this.#end.reject(lost()));
    const { argv, env, uid, gid, stdin } = input;
    const head = words(id, stdin ? pipedStdin : 0, uid, gid, argv.length, env.length);
    socket.write(encodeFrame(frameTypes.exec, head, stringsOf(input)));
    if (stdin) void this.#feed(stdin);
  }

  /** @param run the folder of the bridge. @throws PlatformError StatusFailed / not-running when nobody listens there; Config */
  static async start(run: string, input: GuestExecInput): Promise<GuestExec> {
    const size = stringsOf(input).length;
    if (size > longest)
      throw configError(`Arguments and variables of ${size} bytes are too long: ${longest} at most`);
    let close = (): void => undefined;
    try {
      const found = shortSocketPath(run, 'exec');
      close = found.close;
      const socket = connect(found.path);
      await once(socket, 'connect');
      return new GuestExec(socket, input);
    } catch (error) {
      if (['ENOENT', 'ECONNREFUSED', 'ECONNRESET'].includes(codeOf(error))) throw lost(error);
      throw error;
    } finally {
      close();
    }
  }

  /** Resolves when it has ended and all of its output has been passed on. @throws PlatformError StatusFailed / not-running */
  get exit(): Promise<GuestExit> {
    return this.#end.promise;
  }

  /** By its number on Linux. */
  kill(signal: number): void {
    this.#socket.write(encodeFrame(frameTypes.execSignal, words(id, signal, 0)));
  }

  async #feed(stdin: Readable): Promise<void> {
    const send = async (data: Buffer): Promise<void> => {
      if (this.#socket.destroyed) return;
      if (!this.#socket.write(encodeFrame(frameTypes.stdin, words(id), data)))
        await once(this.#socket, 'drain');
    };
    try {
      for await (const chunk of stdin) {
        const data = Buffer.from(chunk as Uint8Array);
        for (let at = 0; at < data.length; at += pieceSize) await send(data.subarray(at, at + pieceSize));
      }
      await send(Buffer.alloc(0));
    } catch {
      // The program has ended meanwhile, or our stdin is none that can be read: it has read what there was.
      if (!this.#socket.destroyed) await send(Buffer.alloc(0)).catch(() => undefined);
    }
  }

  #take({ type, payload }: Frame): void {
    if (type === frameTypes.out) this.#print(payload.readUInt32LE(4), payload.subarray(8));
    if (type !== frameTypes.execExit) return;
    const [kind, value] = [payload.readUInt32LE(4), payload.readInt32LE(8)];
    this.#end.resolve(kind === 1 ? { code: value } : kind === 2 ? { signal: value } : { errno: value });
    this.#socket.destroy();
  }

  #print(stream: number, data: Buffer): void {
    const target = stream === 1 ? this.#input.stdout : this.#input.stderr;
    const isDropped = stream === 1 && this.#input.outputClosed.aborted;
    if (data.length === 0 || isDropped || target.write(data)) return;
    this.#socket.pause();
    target.once('drain', () => this.#socket.resume());
  }
}
