import { uncaught } from './uncaught.ts';

interface EventOptions {
  readonly bubbles?: boolean;
  readonly cancelable?: boolean;
}

type Callback = ((event: WosEvent) => void) | { handleEvent(event: WosEvent): void };

interface Listener {
  readonly callback: Callback;
  readonly once: boolean;
}

/** The `Event` of a script: what there is without a tree. */
export class WosEvent {
  readonly type: string;
  readonly bubbles: boolean;
  readonly cancelable: boolean;
  readonly timeStamp = performance.now();
  target: WosEventTarget | null = null;
  defaultPrevented = false;
  stopped = false;

  constructor(type: string, options: EventOptions = {}) {
    this.type = String(type);
    this.bubbles = options.bubbles === true;
    this.cancelable = options.cancelable === true;
  }

  get currentTarget(): WosEventTarget | null {
    return this.target;
  }
  preventDefault(): void {
    if (this.cancelable) this.defaultPrevented = true;
  }
  stopPropagation(): void {}
  stopImmediatePropagation(): void {
    this.stopped = true;
  }
}

export class WosEventTarget {
  readonly #listeners = new Map<string, Listener[]>();

  addEventListener(
    type: string,
    callback: Callback | null,
    options?: boolean | { once?: boolean; signal?: WosEventTarget & { aborted: boolean } },
  ): void {
    if (callback === null || callback === undefined) return;
    const { once = false, signal } = typeof options === 'object' && options !== null ? options : {};
    if (signal?.aborted) return;
    const list = this.#listeners.get(type) ?? [];
    if (list.some((listener) => listener.callback === callback)) return;
    this.#listeners.set(type, [...list, { callback, once }]);
    signal?.addEventListener('abort', () => this.removeEventListener(type, callback), { once: true });
  }

  removeEventListener(type: string, callback: Callback | null): void {
    const rest = this.#listeners.get(type)?.filter((listener) => listener.callback !== callback) ?? [];
    if (rest.length === 0) this.#listeners.delete(type);
    else this.#listeners.set(type, rest);
  }

  dispatchEvent(event: WosEvent): boolean {
    event.target = this;
    const handler = (this as Record<string, unknown>)[`on${event.type}`];
    if (typeof handler === 'function') attempt(() => handler.call(this, event));
    for (const { callback, once } of this.#listeners.get(event.type) ?? []) {
      if (event.stopped) break;
      if (once) this.removeEventListener(event.type, callback);
      attempt(() =>
        typeof callback === 'function' ? callback.call(this, event) : callback.handleEvent(event),
      );
    }
    return !event.defaultPrevented;
  }
}

/** What a listener throws does not reach whoever dispatches. */
function attempt(call: () => void): void {
  try {
    call();
  } catch (error) {
    uncaught(error);
  }
}
