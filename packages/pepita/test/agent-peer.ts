/** The protocol of agent/PROTOCOL.md in TypeScript: a host for the agent, a guest for the bridge, a client for the socket `exec`. */

import { once } from 'node:events';
import { createConnection, createServer, type Server, type Socket } from 'node:net';

export const pattern = Buffer.from('d5e79ac475b36ef165b7f38cc691eafd', 'hex');
export const types = {
  hello: 1,
  run: 2,
  control: 3,
  logAck: 4,
  file: 5,
  exec: 6,
  stdin: 7,
  execSignal: 8,
  stats: 9,
  shutdown: 10,
  exitAck: 11,
  outAck: 12,
  clock: 13,
  helloOk: 65,
  page: 66,
  log: 67,
  failure: 68,
  answer: 69,
  out: 70,
  execExit: 71,
  statsOk: 72,
  oom: 73,
  note: 74,
  fileOk: 75,
  stdinAck: 76,
  done: 77,
  resync: 78,
  clockOk: 79,
  rehearsed: 80,
} as const;

export const u32 = (...values: number[]): Buffer => {
  const buffer = Buffer.alloc(values.length * 4);
  for (const [i, value] of values.entries()) buffer.writeUInt32LE(value >>> 0, i * 4);
  return buffer;
};
export const u64 = (value: bigint | number): Buffer => {
  const buffer = Buffer.alloc(8);
  buffer.writeBigUInt64LE(BigInt(value));
  return buffer;
};

export function frame(type: number, sequence: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(12);
  head.writeUInt32LE(payload.length, 0);
  head.writeUInt16LE(type, 4);
  head.writeUInt32LE(sequence, 8);
  return Buffer.concat([head, payload]);
}

export function hello(
  nonce: Buffer,
  { run = Buffer.alloc(16), offset = 0n }: { run?: Buffer; offset?: bigint } = {},
): Buffer {
  const clock = u64(BigInt(Date.now()) * 1_000_000n);
  return Buffer.concat([pattern, u32(1), nonce, u32(0), clock, Buffer.alloc(32, 7), run, u64(offset)]);
}

export interface Received {
  readonly type: number;
  readonly sequence: number;
  readonly data: Buffer;
}

/** Frames in and out of one socket. */
export class Peer {
  readonly socket: Socket;
  readonly frames: Received[] = [];
  /** Of everything that has come so far, what is no whole frame yet. */
  rest: Buffer = Buffer.alloc(0);
  #sequence = 0;
  #nonce: Buffer | undefined;
  #seen = 0;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      this.rest = Buffer.concat([this.rest, chunk]);
      this.#digest();
    });
  }

  static async connect(path: string): Promise<Peer> {
    for (let round = 0; ; round += 1) {
      const socket = createConnection(path);
      try {
        await once(socket, 'connect');
        return new Peer(socket);
      } catch (error) {
        if (round === 500) throw error;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
  }

  /** Passes over everything before the frame whose payload begins with the nonce. */
  awaitNonce(nonce: Buffer): void {
    this.#nonce = nonce;
  }

  #digest(): void {
    if (this.#nonce) {
      const at = this.rest.indexOf(this.#nonce);
      if (at < 12) return;
      this.rest = this.rest.subarray(at - 12);
      this.#nonce = undefined;
    }
    while (this.rest.length >= 12) {
      const length = this.rest.readUInt32LE(0);
      if (this.rest.length < 12 + length) return;
      const mask = this.rest.readUInt16LE(6);
      const data = Buffer.from(this.rest.subarray(12, 12 + length));
      for (let i = 0; mask !== 0 && i < length; i += 1) {
        data[i] = (data[i] as number) ^ (i % 2 === 1 ? mask >> 8 : mask & 255);
      }
      this.frames.push({ type: this.rest.readUInt16LE(4), sequence: this.rest.readUInt32LE(8), data });
      this.rest = this.rest.subarray(12 + length);
    }
  }

  /** The first frame of a session that is sent, and its payload. */
  sendFirst(type: number, ...parts: Buffer[]): void {
    this.#sequence = 0;
    this.send(type, ...parts);
  }

  send(type: number, ...parts: Buffer[]): void {
    this.socket.write(frame(type, this.#sequence, Buffer.concat(parts)));
    this.#sequence += 1;
  }

  /** Begins a session as a bridge does. */
  async greet(nonce: Buffer, known?: { run: Buffer; offset: bigint }): Promise<Received> {
    this.#sequence = 0;
    this.awaitNonce(nonce);
    this.send(types.hello, hello(nonce, known));
    return this.next(types.helloOk);
  }

  /** The next frame of a type; those of others are passed over. */
  async next(type: number, milliseconds = 20_000): Promise<Received> {
    for (const end = Date.now() + milliseconds; Date.now() < end; ) {
      for (; this.#seen < this.frames.length; ) {
        const one = this.frames[this.#seen++] as Received;
        if (one.type === type) return one;
      }
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    throw new Error(`no frame ${type}; types: ${this.frames.map((one) => one.type).join(' ')}`);
  }

  close(): void {
    this.socket.destroy();
  }
}

const servers: Server[] = [];

/** A socket that plays QEMU's chardev for a bridge: each connection is one. */
export async function listen(path: string, take: (socket: Socket) => void): Promise<Server> {
  const server = createServer(take);
  servers.push(server);
  server.listen(path);
  await once(server, 'listening');
  return server;
}

export function closeServers(): void {
  for (const server of servers.splice(0)) server.close();
}

export interface ExecOptions {
  readonly id?: number;
  readonly flags?: number;
  readonly uid?: number;
  readonly gid?: number;
  readonly cwd?: string;
  readonly env?: readonly string[];
}

const strings = (list: readonly string[]): Buffer => Buffer.from(list.map((text) => `${text}\0`).join(''));

/** The payload of EXEC. */
export function execStart(
  argv: readonly string[],
  { id = 1, flags = 0, uid = 0, gid = 0, cwd = '/', env = [] }: ExecOptions = {},
): Buffer {
  return Buffer.concat([u32(id, flags, uid, gid, argv.length, env.length), strings([cwd, ...argv, ...env])]);
}

export interface FileOptions {
  readonly id?: number;
  readonly flags?: number;
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
  readonly offset?: number;
}

/** The payload of FILE. */
export function fileWrite(
  path: string,
  data: Buffer,
  { id = 1, flags = 1, mode = 0o644, uid = 0, gid = 0, offset = 0 }: FileOptions = {},
): Buffer {
  const name = Buffer.from(path);
  return Buffer.concat([u32(id, flags, mode, uid, gid, name.length), u64(offset), name, data]);
}

/** All that a program of an id has said, and how it ended. */
export async function outcome(peer: Peer, id = 1) {
  let end: Received;
  do end = await peer.next(types.execExit);
  while (end.data.readUInt32LE(0) !== id);
  const said = (stream: number): Buffer =>
    Buffer.concat(
      peer.frames
        .filter(
          ({ type, data }) =>
            type === types.out && data.readUInt32LE(0) === id && data.readUInt32LE(4) === stream,
        )
        .map(({ data }) => data.subarray(8)),
    );
  return {
    kind: end.data.readUInt32LE(4),
    value: end.data.readInt32LE(8),
    stdout: said(1),
    stderr: said(2),
  };
}
