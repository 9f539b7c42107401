import type { GuestAnswer, GuestRequest } from './guest-request.ts';
import type { FromThread } from './protocol.ts';

/** What the processes of a thread have asked the main thread, and wait for. */
export class ThreadRequests {
  readonly #post: (message: FromThread) => void;
  readonly #waiting = new Map<number, (answer: GuestAnswer) => void>();
  #next = 1;

  constructor(post: (message: FromThread) => void) {
    this.#post = post;
  }

  ask(pid: number, request: GuestRequest): { id: number; answer: Promise<GuestAnswer> } {
    const id = this.#next++;
    const answer = new Promise<GuestAnswer>((resolve) => this.#waiting.set(id, resolve));
    this.#post({ type: 'request', pid, id, request });
    return { id, answer };
  }

  settle(id: number, answer: GuestAnswer): void {
    this.#waiting.get(id)?.(answer);
    this.#waiting.delete(id);
  }
}
