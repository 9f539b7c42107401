/** Those who wait for a job's next PID. */
export class Waiters {
  #all: ((pid: number) => void)[] = [];

  get waiting(): boolean {
    return this.#all.length > 0;
  }

  add(): Promise<number> {
    return new Promise((resolve) => this.#all.push(resolve));
  }

  answer(pid: number): void {
    for (const resolve of this.#all.splice(0)) resolve(pid);
  }

  /** There will be none. */
  giveUp(): void {
    this.answer(0);
  }
}
