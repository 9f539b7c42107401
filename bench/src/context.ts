import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readStartTime } from './processes.ts';

/** What a measurement may use, and what is cleared away after it, however it ends. */
export interface BenchContext {
  /** A folder of this run's own. */
  readonly folder: string;
  /** A new folder within it. */
  makeFolder(name: string): string;
  /** Runs at the end, last first. It may fail. */
  onEnd(action: () => Promise<unknown> | unknown): void;
  /** A process that is killed at the end when it is still there, and still the same one. */
  track(pid: number): number;
  /** Says what is going on, on a terminal. */
  progress(text: string): void;
  end(): Promise<void>;
}

export function createContext(): BenchContext {
  const folder = mkdtempSync(join(tmpdir(), 'duende-bench-'));
  const actions: (() => Promise<unknown> | unknown)[] = [];
  const tracked = new Map<number, string>();
  let ending: Promise<void> | undefined;

  const clear = async (): Promise<void> => {
    for (const action of actions.reverse()) {
      try {
        await action();
      } catch (error) {
        process.stderr.write(`bench: clearing away: ${error instanceof Error ? error.message : error}\n`);
      }
    }
    for (const [pid, startTime] of tracked) {
      if (readStartTime(pid) === startTime) process.kill(pid, 'SIGKILL');
    }
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  };

  return {
    folder,
    makeFolder: (name) => {
      const path = join(folder, name);
      mkdirSync(path, { recursive: true });
      return path;
    },
    onEnd: (action) => void actions.push(action),
    track: (pid) => {
      const startTime = readStartTime(pid);
      if (startTime !== undefined) tracked.set(pid, startTime);
      return pid;
    },
    progress: (text) => {
      if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
    },
    end: () => {
      ending ??= clear();
      return ending;
    },
  };
}
