import type { Manager } from './manager.ts';

/** What was heard of a unit while waiting for it. */
export interface Heard {
  /** How jobs ended, by their paths. */
  readonly jobs: ReadonlyMap<string, string>;
  /** The connection broke meanwhile: some of it may have been missed. */
  readonly gap: boolean;
}

/**
 * Looks again whenever something about the unit has changed, until `look` has an answer. Woken by signals only.
 * @throws what `look` throws, and the reason of `signal` when it is aborted.
 */
export async function untilUnit<T>(
  manager: Manager,
  unit: string,
  look: (heard: Heard) => Promise<T | undefined>,
  signal?: AbortSignal,
): Promise<T> {
  signal?.throwIfAborted();
  const jobs = new Map<string, string>();
  let changed = true;
  let gap = false;
  let wake = (): void => {};
  const notice = (): void => {
    changed = true;
    wake();
  };
  const unwatch = manager.watch(unit, (news) => {
    if (news === 'gap') gap = true;
    else if (news) jobs.set(news.path, news.result);
    notice();
  });
  signal?.addEventListener('abort', notice);
  try {
    for (;;) {
      changed = false;
      const answer = await look({ jobs, gap });
      if (answer !== undefined) return answer;
      signal?.throwIfAborted();
      if (changed) continue;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
      signal?.throwIfAborted();
    }
  } finally {
    unwatch();
    signal?.removeEventListener('abort', notice);
  }
}
