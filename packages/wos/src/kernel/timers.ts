interface Entry {
  readonly deadline: number;
  fire: (() => void) | undefined;
}

/** Node's timers have milliseconds and may be up to one early. */
const millisecond = 1;

/**
 * Timeouts of many processes with one timer of Node's: a heap by deadline. None fires early. What is cancelled stays in the
 * heap until its time or until half of the heap is such.
 */
export class TimerQueue {
  #heap: Entry[] = [];
  #cancelled = 0;
  #timer: NodeJS.Timeout | undefined;
  #timerDeadline = Number.POSITIVE_INFINITY;

  /** Calls `fire` at `deadline` (performance.now()) or a little later. Returns what cancels it. */
  at(deadline: number, fire: () => void): () => void {
    const entry: Entry = { deadline, fire };
    this.#push(entry);
    this.#arm();
    return () => {
      if (entry.fire === undefined) return;
      entry.fire = undefined;
      if (++this.#cancelled > 64 && this.#cancelled > this.#heap.length / 2) this.#compact();
    };
  }

  #arm(): void {
    const first = this.#heap[0];
    if (first === undefined || first.deadline >= this.#timerDeadline) return;
    if (this.#timer !== undefined) clearTimeout(this.#timer);
    this.#timerDeadline = first.deadline;
    // Node takes at most 2^31-1 ms; a longer one is armed again.
    const delay = Math.min(2 ** 31 - 1, Math.max(millisecond, Math.ceil(first.deadline - performance.now())));
    this.#timer = setTimeout(() => this.#run(), delay);
  }

  #run(): void {
    this.#timer = undefined;
    this.#timerDeadline = Number.POSITIVE_INFINITY;
    const now = performance.now();
    for (let first = this.#heap[0]; first !== undefined; first = this.#heap[0]) {
      if (first.deadline > now && first.fire !== undefined) break;
      this.#pop();
      const { fire } = first;
      first.fire = undefined;
      if (fire) fire();
      else this.#cancelled--;
    }
    this.#arm();
  }

  #compact(): void {
    const live = this.#heap.filter((entry) => entry.fire !== undefined);
    this.#heap = [];
    this.#cancelled = 0;
    for (const entry of live) this.#push(entry);
  }

  #push(entry: Entry): void {
    const heap = this.#heap;
    let at = heap.length;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent] as Entry;
      if (above.deadline <= entry.deadline) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = entry;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      const right = heap[child + 1];
      if (right && right.deadline < (heap[child] as Entry).deadline) child++;
      if ((heap[child] as Entry).deadline >= last.deadline) break;
      heap[at] = heap[child] as Entry;
      at = child;
    }
    heap[at] = last;
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#heap = [];
  }
}
