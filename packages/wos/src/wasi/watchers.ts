/** Callbacks that wait for a change. */
export class Watchers {
  readonly #waiting = new Set<() => void>();
  readonly watch = (ready: () => void): (() => void) => {
    this.#waiting.add(ready);
    return () => this.#waiting.delete(ready);
  };
  notify(): void {
    for (const ready of [...this.#waiting]) ready();
  }
}
