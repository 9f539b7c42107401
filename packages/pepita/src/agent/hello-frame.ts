/** Layouts are those of agent/protocol.h; everything is little-endian. */
const pattern = Buffer.from('d5e79ac475b36ef165b7f38cc691eafd', 'hex');
const version = 1;
const types = { hello: 1, helloOk: 65 } as const;
/** Of a frame: length of the payload, type, mask, sequence number. */
const headSize = 12;
const nonceSize = 16;
const helloSize = 104;
/** Bytes of the fixed part of the answer; lines `name=value` follow. */
const answerSize = 96;
/** A payload is no longer than this, PROTOCOL.md. */
const longest = 1024 * 1024;

export interface HelloInput {
  /** 16 bytes that the answer repeats. */
  readonly nonce: Buffer;
  /** Nanoseconds since 1970, for the clock of the guest. */
  readonly clock: bigint;
  /** 32 bytes for the guest's random number generator. */
  readonly random: Buffer;
  /** The machine ends 3 s after this session, unless another one has begun: nobody has it yet. */
  readonly isSpare?: boolean;
}

/** The first frame of a session, which the guest looks for in whatever was sent before. */
export function encodeHello({ nonce, clock, random, isSpare = false }: HelloInput): Buffer {
  const frame = Buffer.alloc(headSize + helloSize);
  frame.writeUInt32LE(helloSize, 0);
  frame.writeUInt16LE(types.hello, 4);
  const payload = frame.subarray(headSize);
  pattern.copy(payload, 0);
  payload.writeUInt32LE(version, 16);
  nonce.copy(payload, 20, 0, nonceSize);
  payload.writeUInt32LE(isSpare ? 1 : 0, 36);
  payload.writeBigUInt64LE(clock, 40);
  random.copy(payload, 48, 0, 32);
  return frame;
}

export interface HelloAnswer {
  readonly version: number;
  /** The guest's /proc/sys/kernel/random/boot_id. */
  readonly bootId: string;
  /** Bytes of the data up to the end of the answer. */
  readonly end: number;
  /** What else it says of itself. */
  readonly facts: Readonly<Record<string, string>>;
}

/** The answer to a HELLO in what a guest has sent, among the rests of earlier sessions. `undefined` while it has not come whole. */
export function findHelloAnswer(data: Buffer, nonce: Buffer): HelloAnswer | undefined {
  for (let at = data.indexOf(nonce); at !== -1; at = data.indexOf(nonce, at + 1)) {
    const start = at - headSize;
    if (start < 0 || data.readUInt16LE(start + 4) !== types.helloOk) continue;
    const length = data.readUInt32LE(start);
    if (length < answerSize || length > longest) continue;
    if (data.length < at + length) return undefined;
    const payload = data.subarray(at, at + length);
    const lines = payload.toString('utf8', answerSize).split('\n');
    const facts = lines.map((line) => /^([^=]+)=(.*)$/.exec(line)).filter((match) => match !== null);
    return {
      end: at + length,
      version: payload.readUInt32LE(nonceSize),
      bootId: payload.toString('latin1', 56, answerSize).replace(/\0.*$/s, ''),
      facts: Object.fromEntries(facts.map(([, name = '', value = '']) => [name, value])),
    };
  }
  return undefined;
}
