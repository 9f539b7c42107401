import { type LogTarget, LogWriter } from './log-writer.ts';
import { CpuQuota } from './quota.ts';

interface Shared<T> {
  readonly value: T;
  users: number;
}

function take<T>(all: Map<string, Shared<T>>, key: string, make: () => T): T {
  const found = all.get(key) ?? { value: make(), users: 0 };
  found.users++;
  all.set(key, found);
  return found.value;
}

/** @returns true when it was the last one */
function leave<T>(all: Map<string, Shared<T>>, key: string): boolean {
  const found = all.get(key);
  if (found === undefined || --found.users > 0) return false;
  all.delete(key);
  return true;
}

/** What several processes of a thread have together: a family its CPU quota, and whoever writes into one log its writer. */
export class SharedResources {
  readonly #quotas = new Map<string, Shared<CpuQuota>>();
  readonly #logs = new Map<string, Shared<LogWriter>>();

  /** @param root the process of the host's from which it descends */
  takeQuota(root: number, share: number): CpuQuota {
    return take(this.#quotas, String(root), () => new CpuQuota(share, performance.now()));
  }

  leaveQuota(root: number): void {
    leave(this.#quotas, String(root));
  }

  takeLog(target: LogTarget): LogWriter {
    return take(this.#logs, logKey(target), () => new LogWriter(target));
  }

  leaveLog(target: LogTarget): void {
    const writer = this.#logs.get(logKey(target))?.value;
    if (leave(this.#logs, logKey(target))) writer?.close();
  }
}

const logKey = ({ folder, maxSize, files }: LogTarget): string => `${maxSize} ${files} ${folder}`;
