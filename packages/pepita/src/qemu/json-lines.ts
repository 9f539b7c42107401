/** Bytes of the longest line that is taken; QEMU's own answers are far shorter. */
const longest = 4 * 1024 * 1024;

/** Cuts a stream into lines and parses each. Lines that are no JSON objects are left out. */
export class JsonLines<T extends object> {
  readonly #take: (value: T) => void;
  #rest: Buffer[] = [];
  #size = 0;

  constructor(take: (value: T) => void) {
    this.#take = take;
  }

  /** @throws Error for a line without an end */
  push(chunk: Buffer): void {
    let from = 0;
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, from)) {
      const line = Buffer.concat([...this.#rest, chunk.subarray(from, end)]).toString('utf8');
      this.#rest = [];
      this.#size = 0;
      from = end + 1;
      const value = parseObject<T>(line);
      if (value) this.#take(value);
    }
    this.#rest.push(chunk.subarray(from));
    this.#size += chunk.length - from;
    if (this.#size > longest) throw new Error('a line of QMP has no end');
  }
}

export function parseObject<T extends object>(line: string): T | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? (value as T) : undefined;
  } catch {
    return undefined;
  }
}
