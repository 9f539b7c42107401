import { WosEvent, WosEventTarget } from './events.ts';
import { setTimeout } from './timers.ts';

const inside = Symbol('inside');

export class WosAbortSignal extends WosEventTarget {
  aborted = false;
  reason: unknown = undefined;
  onabort: ((event: WosEvent) => void) | null = null;

  constructor(key?: symbol) {
    super();
    if (key !== inside) throw new TypeError('Illegal constructor');
  }

  static abort(reason?: unknown): WosAbortSignal {
    const signal = new WosAbortSignal(inside);
    abort(signal, reason);
    return signal;
  }

  static timeout(milliseconds: number): WosAbortSignal {
    const signal = new WosAbortSignal(inside);
    setTimeout(
      () => abort(signal, new DOMException('The operation was aborted due to timeout', 'TimeoutError')),
      milliseconds,
    );
    return signal;
  }

  static any(signals: Iterable<WosAbortSignal>): WosAbortSignal {
    const all = [...signals];
    const result = new WosAbortSignal(inside);
    for (const signal of all) {
      if (signal.aborted) abort(result, signal.reason);
      else signal.addEventListener('abort', () => abort(result, signal.reason), { once: true });
    }
    return result;
  }

  throwIfAborted(): void {
    if (this.aborted) throw this.reason;
  }
}

function abort(signal: WosAbortSignal, reason: unknown): void {
  if (signal.aborted) return;
  signal.aborted = true;
  signal.reason =
    reason === undefined ? new DOMException('This operation was aborted', 'AbortError') : reason;
  signal.dispatchEvent(new WosEvent('abort'));
}

export class WosAbortController {
  readonly signal = new WosAbortSignal(inside);
  abort(reason?: unknown): void {
    abort(this.signal, reason);
  }
}
