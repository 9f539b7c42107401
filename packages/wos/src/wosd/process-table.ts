import { PlatformError } from '@duende/core/contract';
import type { Kernel } from '../kernel/index.ts';
import type { ExitDocument, ProcessDocument } from '../protocol/documents.ts';
import { wosError } from '../protocol/errors.ts';
import { childOf } from './child.ts';
import { describeManaged, isLive, type Managed } from './managed.ts';
import { isNamed } from './names.ts';

type Wanted = { readonly pid: number } | { readonly name: string };

/** The processes that wosd keeps, and what the kernel knows beside: what processes have started themselves. */
export class ProcessTable {
  readonly #kernel: Kernel;
  readonly #live = new Map<number, Managed>();
  /** In the order of their ends. */
  readonly #ended = new Map<number, Managed>();

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  /** Also one that has ended by now: it comes last among those. */
  put(managed: Managed): void {
    const { pid } = managed.record;
    this.#live.delete(pid);
    (isLive(managed) ? this.#live : this.#ended).set(pid, managed);
  }

  /** @returns what it was, unless it runs or is not known */
  take(pid: number): Managed | undefined {
    const managed = this.#ended.get(pid);
    this.#ended.delete(pid);
    return managed;
  }

  get live(): Managed[] {
    return [...this.#live.values()];
  }

  /** How many run, also of those that others have started. */
  get running(): number {
    return this.#live.size + this.#children().length;
  }

  /** Of those of which the end is remembered, all but the last so many. */
  endedBefore(count: number): number[] {
    return this.#ended.size > count ? [...this.#ended.keys()].slice(0, -count) : [];
  }

  exitOf(pid: number): ExitDocument | undefined {
    return this.#ended.get(pid)?.record.exit;
  }

  /** One that wosd keeps. */
  own(pid: number): Managed | undefined {
    return this.#live.get(pid) ?? this.#ended.get(pid);
  }

  list(all: boolean): ProcessDocument[] {
    const shown = [...this.#live.values(), ...(all ? this.#ended.values() : []), ...this.#children()];
    return shown
      .map((managed) => describeManaged(this.#kernel, managed))
      .sort((one, other) => one.pid - other.pid);
  }

  #children(): Managed[] {
    const others = this.#kernel.list().filter(({ pid, root }) => pid !== root);
    return others.map((info) => childOf(this.#kernel, info, this.own(info.root))).filter(isLive);
  }

  /** @throws PlatformError StatusFailed / not-found */
  find(wanted: Wanted): Managed {
    if ('pid' in wanted) {
      const { pid } = wanted;
      return this.own(pid) ?? this.#child(pid) ?? missing(`process ${pid}`);
    }
    const named = ({ record }: Managed) => isNamed(record.name, wanted.name);
    const found = this.live.find(named) ?? [...this.#ended.values()].findLast(named);
    return found ?? missing(`process ${JSON.stringify(wanted.name)}`);
  }

  #child(pid: number): Managed | undefined {
    try {
      const info = this.#kernel.status(pid);
      return info.pid === info.root ? undefined : childOf(this.#kernel, info, this.own(info.root));
    } catch (error) {
      if (PlatformError.isInstance(error) && error.reason === 'not-found') return undefined;
      throw error;
    }
  }

  describe(wanted: Wanted): ProcessDocument {
    return describeManaged(this.#kernel, this.find(wanted));
  }

  /** @throws PlatformError StatusFailed / not-found, or not-running: it has ended, in this kernel or in one before */
  findRunning(pid: number, operation: string): Managed {
    const managed = this.find({ pid });
    if (isLive(managed)) return managed;
    throw wosError('SignalFailed', 'not-running', `The process ${pid} has ended`, { operation });
  }
}

export function missing(what: string): never {
  throw wosError('StatusFailed', 'not-found', `There is no ${what}`, {
    hint: 'List them with: wos-ctl ps --all',
  });
}
