type Changed = (news: 'changed' | 'gap') => void;

/** What a stream is given to follow. */
export interface Following {
  /** Aborted when nobody waits any more. */
  readonly signal: AbortSignal;
  /** To be called when the engine has begun to tell. */
  begun(): void;
  /** Something about this container. */
  tell(id: string): void;
}

/** Milliseconds between attempts to follow an engine that does not answer. */
const firstPause = 50;
const longestPause = 1000;

/**
 * Those who wait for news of containers, over one stream that is followed as long as there is somebody, and followed again
 * after it broke: whoever waits is then told that something may have been missed.
 */
export class Subscribers {
  readonly #follow: (following: Following) => Promise<void>;
  readonly #changed = new Map<string, Set<Changed>>();
  #stop: AbortController | undefined;
  #ready: PromiseWithResolvers<void> | undefined;

  constructor(follow: (following: Following) => Promise<void>) {
    this.#follow = follow;
  }

  add(id: string, changed: Changed): () => void {
    const set = this.#changed.get(id) ?? new Set();
    this.#changed.set(id, set.add(changed));
    if (this.#stop === undefined) void this.#run();
    return () => {
      set.delete(changed);
      if (set.size === 0 && this.#changed.get(id) === set) this.#changed.delete(id);
      if (this.#changed.size === 0) this.close();
    };
  }

  /** Resolves when news are told. Rejects when the engine cannot be reached now. */
  async ready(): Promise<void> {
    await this.#ready?.promise;
  }

  close(): void {
    this.#stop?.abort();
    this.#stop = undefined;
  }

  async #run(): Promise<void> {
    const stop = new AbortController();
    this.#stop = stop;
    let pause = firstPause;
    for (let round = 0; !stop.signal.aborted; round += 1) {
      const ready = Promise.withResolvers<void>();
      // Nobody may be waiting for it.
      ready.promise.catch(() => undefined);
      this.#ready = ready;
      try {
        await this.#follow({
          signal: stop.signal,
          begun: () => {
            pause = firstPause;
            ready.resolve();
            if (round > 0) this.#tellAll();
          },
          tell: (id) => {
            for (const changed of this.#changed.get(id) ?? []) changed('changed');
          },
        });
        ready.resolve();
      } catch (error) {
        ready.reject(error);
        // Whoever waits looks for himself, and hears why the engine does not answer.
        if (!stop.signal.aborted) this.#tellAll();
      }
      if (stop.signal.aborted) return;
      await new Promise((resolve) => setTimeout(resolve, pause));
      pause = Math.min(pause * 2, longestPause);
    }
  }

  #tellAll(): void {
    for (const set of this.#changed.values()) for (const changed of set) changed('gap');
  }
}
