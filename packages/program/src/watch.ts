import { type FSWatcher, watch } from 'node:fs';

export interface Changes {
  /** Resolves at the next change, or after `fallbackMs` at the latest: what the kernel cannot tell is looked at then. */
  next(fallbackMs: number): Promise<void>;
  close(): void;
}

/**
 * Changes of a file or folder by inotify(7). Where no watch can be had (limit reached, no such interface) every `next` ends
 * after 50 ms instead.
 */
export function watchChanges(path: string): Changes {
  let changed = false;
  let wake: (() => void) | undefined;
  let watcher: FSWatcher | undefined;
  const notice = (): void => {
    changed = true;
    wake?.();
  };
  try {
    watcher = watch(path, notice);
    watcher.on('error', notice);
  } catch {
    watcher = undefined;
  }
  return {
    next(fallbackMs) {
      if (changed) {
        changed = false;
        return Promise.resolve();
      }
      return new Promise((resolve) => {
        const timer = setTimeout(() => wake?.(), watcher ? fallbackMs : Math.min(fallbackMs, 50));
        wake = () => {
          clearTimeout(timer);
          wake = undefined;
          changed = false;
          resolve();
        };
      });
    },
    close() {
      watcher?.close();
      wake?.();
    },
  };
}
