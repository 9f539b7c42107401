/** Names in small letters, values joined as HTTP does. */
export class WosHeaders {
  readonly #map = new Map<string, string>();

  constructor(init?: unknown) {
    if (typeof init !== 'object' || init === null) return;
    const entries = Symbol.iterator in init ? (init as Iterable<[string, unknown]>) : Object.entries(init);
    for (const [name, value] of entries) this.append(name, String(value));
  }

  append(name: string, value: string): void {
    const key = String(name).toLowerCase();
    const before = this.#map.get(key);
    this.#map.set(key, before === undefined ? String(value) : `${before}, ${value}`);
  }
  delete(name: string): void {
    this.#map.delete(String(name).toLowerCase());
  }
  get(name: string): string | null {
    return this.#map.get(String(name).toLowerCase()) ?? null;
  }
  has(name: string): boolean {
    return this.#map.has(String(name).toLowerCase());
  }
  set(name: string, value: string): void {
    this.#map.set(String(name).toLowerCase(), String(value));
  }
  forEach(callback: (value: string, name: string, all: WosHeaders) => void): void {
    for (const [name, value] of this.#map) callback(value, name, this);
  }
  entries(): IterableIterator<[string, string]> {
    return this.#map.entries();
  }
  keys(): IterableIterator<string> {
    return this.#map.keys();
  }
  values(): IterableIterator<string> {
    return this.#map.values();
  }
  [Symbol.iterator](): IterableIterator<[string, string]> {
    return this.#map.entries();
  }
}
