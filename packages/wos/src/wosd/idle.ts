/** Calls back when nothing was going on for so long; begins with the first change. */
export class IdleTimer {
  readonly #timeout: number | undefined;
  readonly #isBusy: () => boolean;
  readonly #expired: () => void;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  /** @param timeout milliseconds; never without */
  constructor(timeout: number | undefined, isBusy: () => boolean, expired: () => void) {
    this.#timeout = timeout;
    this.#isBusy = isBusy;
    this.#expired = expired;
  }

  /** Something began, or ended. */
  changed(): void {
    clearTimeout(this.#timer);
    if (this.#isClosed || this.#timeout === undefined || this.#isBusy()) return;
    this.#timer = setTimeout(() => this.#expired(), this.#timeout);
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
  }
}
