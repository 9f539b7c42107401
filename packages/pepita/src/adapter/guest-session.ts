import { connect, type Socket } from 'node:net';
import { PassThrough, type Readable } from 'node:stream';
import { failure } from '../fail.ts';
import { shortSocketPath } from '../qemu/vm-socket.ts';
import { encodeFrame, FrameReader, frameTypes, words } from './frames.ts';

/** How a program of the guest ended. `errno`: it could not be executed. */
export type GuestExit = { readonly code: number } | { readonly signal: number } | { readonly errno: number };

export interface GuestExecOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly uid?: number;
  readonly gid?: number;
  /** Its stdin is a pipe, written by `write`. */
  readonly stdin?: boolean;
  /** In the control group of the daemon, and under its limits. */
  readonly inGroup?: boolean;
}

/** A program that runs in a guest beside the daemon. It ends with the session. */
export interface GuestProcess {
  readonly stdout: Readable;
  readonly stderr: Readable;
  readonly exit: Promise<GuestExit>;
  /** To its stdin; an empty one ends that. */
  write(data: Buffer): void;
  /** By its number on Linux. */
  kill(signal: number): void;
}

interface Entry {
  out?(stream: number, data: Buffer): void;
  done(payload: Buffer): void;
  failed(error: Error): void;
}

const pieceSize = 256 * 1024;
const cut = () => failure('The connection to the guest was lost', 'not-running');

/** A connection to the guest of a daemon, by the socket of its bridge. */
export class GuestSession {
  readonly #socket: Socket;
  readonly #entries = new Map<number, Entry>();
  readonly #reader = new FrameReader();
  #lastId = 0;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => {
      for (const { type, payload } of this.#reader.push(chunk)) this.#take(type, payload);
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      for (const entry of this.#entries.values()) entry.failed(cut());
      this.#entries.clear();
    });
  }

  /** @param run the folder of the bridge. @throws system errors when nobody listens */
  static open(run: string): Promise<GuestSession> {
    return new Promise((resolve, reject) => {
      const { path, close } = shortSocketPath(run, 'exec');
      const socket = connect(path);
      socket.once('error', (error) => {
        close();
        reject(error);
      });
      socket.once('connect', () => {
        close();
        socket.removeAllListeners('error');
        resolve(new GuestSession(socket));
      });
    });
  }

  close(): void {
    this.#socket.end();
    this.#socket.destroySoon();
  }

  /** The bridge tells the guest what time it is. */
  sendClock(): void {
    this.#socket.write(encodeFrame(frameTypes.clock));
  }

  /** Numbers of the guest and of its daemon, by name; processes of the daemon in `processes`. */
  async stats(): Promise<{
    readonly numbers: ReadonlyMap<string, number>;
    readonly processes: readonly number[];
  }> {
    const payload = await this.#ask((id) => [encodeFrame(frameTypes.stats, words(id))]);
    const lines = payload.toString('latin1', 4).split('\n');
    const pairs = lines.map((line) => line.split('=')).filter(([, value]) => value !== undefined);
    const numbers = new Map(pairs.map(([name = '', value]) => [name, Number(value)]));
    const processes = pairs.filter(([name]) => name === 'process').map(([, value]) => Number(value));
    return { numbers, processes };
  }

  /**
   * Writes a file, a symbolic link or a folder of the guest; folders above it are made. `existing`: into the file that is there.
   * @throws Error with the errno of the guest */
  async put(
    path: string,
    what:
      | { readonly data: Buffer; readonly mode: number; readonly existing?: boolean }
      | { readonly link: string }
      | 'folder',
  ) {
    const name = Buffer.from(path);
    const isFile = typeof what === 'object' && 'data' in what;
    const data = isFile ? what.data : Buffer.from(typeof what === 'object' ? what.link : '');
    const kind = isFile ? 1 : what === 'folder' ? 2 : 4;
    for (let at = 0; at === 0 || at < data.length; at += pieceSize) {
      const piece = data.subarray(at, at + pieceSize);
      const flags = isFile && (at > 0 || what.existing) ? 0 : kind;
      const mode = isFile ? what.mode : 0o755;
      const payload = await this.#ask((id) => {
        const head = words(id, flags, mode, 0, 0, name.length, at, 0);
        return [encodeFrame(frameTypes.file, head, name, piece)];
      });
      const errno = payload.readInt32LE(4);
      if (errno !== 0) throw failure(`The guest cannot write ${path} (error ${errno})`, 'engine-error');
    }
  }

  /** Starts a program, found in $PATH of `env`, as root unless it is said. */
  exec(argv: readonly string[], options: GuestExecOptions = {}): GuestProcess {
    const {
      cwd = '/',
      env = { PATH: '/usr/bin:/bin' },
      uid = 0,
      gid = 0,
      stdin = false,
      inGroup = false,
    } = options;
    const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`);
    const strings = Buffer.from([cwd, ...argv, ...variables].map((text) => `${text}\0`).join(''));
    const streams = [new PassThrough(), new PassThrough()] as const;
    const exit = Promise.withResolvers<GuestExit>();
    const id = this.#register({
      out: (stream, data) =>
        void (data.length > 0 ? streams[stream - 1]?.write(data) : streams[stream - 1]?.end()),
      done: (payload) => {
        const [kind, value] = [payload.readUInt32LE(4), payload.readInt32LE(8)];
        for (const stream of streams) stream.end();
        exit.resolve(kind === 1 ? { code: value } : kind === 2 ? { signal: value } : { errno: value });
      },
      failed: (error) => {
        for (const stream of streams) stream.end();
        exit.reject(error);
      },
    });
    exit.promise.catch(() => undefined);
    const flags = (stdin ? 1 : 0) | (inGroup ? 4 : 0);
    this.#socket.write(
      encodeFrame(frameTypes.exec, words(id, flags, uid, gid, argv.length, variables.length), strings),
    );
    return {
      stdout: streams[0],
      stderr: streams[1],
      exit: exit.promise,
      write: (data) => void this.#socket.write(encodeFrame(frameTypes.stdin, words(id), data)),
      kill: (signal) => void this.#socket.write(encodeFrame(frameTypes.execSignal, words(id, signal, 0))),
    };
  }

  #register(entry: Entry): number {
    this.#lastId += 1;
    this.#entries.set(this.#lastId, entry);
    if (this.#socket.destroyed) queueMicrotask(() => entry.failed(cut()));
    return this.#lastId;
  }

  #ask(frames: (id: number) => readonly Buffer[]): Promise<Buffer> {
    return new Promise((done, failed) => {
      const id = this.#register({ done, failed });
      for (const frame of frames(id)) this.#socket.write(frame);
    });
  }

  #take(type: number, payload: Buffer): void {
    const entry = payload.length >= 4 ? this.#entries.get(payload.readUInt32LE(0)) : undefined;
    if (entry === undefined) return;
    if (type === frameTypes.out) entry.out?.(payload.readUInt32LE(4), payload.subarray(8));
    if (type !== frameTypes.execExit && type !== frameTypes.statsOk && type !== frameTypes.fileOk) return;
    this.#entries.delete(payload.readUInt32LE(0));
    entry.done(payload);
  }
}
