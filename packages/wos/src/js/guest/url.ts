import { hostData } from './host.ts';

type Part =
  | 'href'
  | 'protocol'
  | 'username'
  | 'password'
  | 'host'
  | 'hostname'
  | 'port'
  | 'pathname'
  | 'search'
  | 'hash';
type Parts = Record<Part | 'origin', string>;

export class WosURLSearchParams {
  #list: [string, string][] = [];
  #changed: (() => void) | undefined;

  constructor(init?: unknown, changed?: () => void) {
    this.#changed = changed;
    if (init === undefined || init === null) return;
    if (typeof init === 'object') {
      const entries = Symbol.iterator in init ? (init as Iterable<[unknown, unknown]>) : Object.entries(init);
      for (const [name, value] of entries) this.#list.push([String(name), String(value)]);
    } else this.#list = hostData<[string, string][]>('query', String(init));
  }

  get size(): number {
    return this.#list.length;
  }
  append(name: string, value: string): void {
    this.#list.push([String(name), String(value)]);
    this.#changed?.();
  }
  delete(name: string, value?: string): void {
    this.#list = this.#list.filter(
      ([key, item]) => key !== String(name) || (value !== undefined && item !== String(value)),
    );
    this.#changed?.();
  }
  get(name: string): string | null {
    return this.#list.find(([key]) => key === String(name))?.[1] ?? null;
  }
  getAll(name: string): string[] {
    return this.#list.filter(([key]) => key === String(name)).map(([, value]) => value);
  }
  has(name: string, value?: string): boolean {
    return this.#list.some(
      ([key, item]) => key === String(name) && (value === undefined || item === String(value)),
    );
  }
  set(name: string, value: string): void {
    const at = this.#list.findIndex(([key]) => key === String(name));
    this.#list = this.#list.filter(([key], index) => key !== String(name) || index === at);
    if (at < 0) this.#list.push([String(name), String(value)]);
    else (this.#list[at] as [string, string])[1] = String(value);
    this.#changed?.();
  }
  sort(): void {
    this.#list.sort(([one], [other]) => (one < other ? -1 : one > other ? 1 : 0));
    this.#changed?.();
  }
  forEach(callback: (value: string, name: string, all: WosURLSearchParams) => void): void {
    for (const [name, value] of this.#list) callback(value, name, this);
  }
  *entries(): IterableIterator<[string, string]> {
    for (const [name, value] of this.#list) yield [name, value];
  }
  *keys(): IterableIterator<string> {
    for (const [name] of this.#list) yield name;
  }
  *values(): IterableIterator<string> {
    for (const [, value] of this.#list) yield value;
  }
  [Symbol.iterator](): IterableIterator<[string, string]> {
    return this.entries();
  }
  /** What the address holds now, after it was changed. */
  replace(search: string): void {
    this.#list = hostData<[string, string][]>('query', search);
  }
  toString(): string {
    return hostData<string>('form', JSON.stringify(this.#list));
  }
}

/** Addresses are taken apart by the kernel, as Node does it. */
export class WosURL {
  declare href: string;
  #parts: Parts;
  readonly searchParams: WosURLSearchParams;

  constructor(url: unknown, base?: unknown) {
    const parts = hostData<Parts | null>('url', String(url), base === undefined ? undefined : String(base));
    if (parts === null) {
      throw Object.assign(new TypeError('Invalid URL'), { code: 'ERR_INVALID_URL', input: String(url) });
    }
    this.#parts = parts;
    this.searchParams = new WosURLSearchParams(parts.search, () =>
      this.#set('search', String(this.searchParams)),
    );
  }

  static canParse(url: unknown, base?: unknown): boolean {
    return WosURL.parse(url, base) !== null;
  }
  static parse(url: unknown, base?: unknown): WosURL | null {
    try {
      return new WosURL(url, base);
    } catch {
      return null;
    }
  }

  #set(part: Part, value: string): void {
    this.#parts = hostData<Parts>('url-set', this.#parts.href, part, value);
  }
  get origin(): string {
    return this.#parts.origin;
  }
  toString(): string {
    return this.#parts.href;
  }
  toJSON(): string {
    return this.#parts.href;
  }

  static {
    const names: Part[] = [
      'href',
      'protocol',
      'username',
      'password',
      'host',
      'hostname',
      'port',
      'pathname',
      'search',
      'hash',
    ];
    for (const name of names) {
      Object.defineProperty(WosURL.prototype, name, {
        configurable: true,
        enumerable: true,
        get(this: WosURL): string {
          return this.#parts[name];
        },
        set(this: WosURL, value: unknown) {
          this.#set(name, String(value));
          if (name === 'href' || name === 'search') this.searchParams.replace(this.#parts.search);
        },
      });
    }
  }
}
