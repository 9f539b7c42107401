import { type Platform, type PlatformAdapter, PlatformError } from '@duende/core/contract';
import { isInstalled } from '../installed.ts';
import { adapterRegistry, registeredPlatforms } from '../registry.ts';
import { adapterOptions, type Importer, type Place, selectAdapter } from '../select-adapter.ts';

/** A platform that was asked and did not answer. */
export interface Silent {
  readonly platform: Platform;
  readonly why: string;
  /** Its engine is not here: nothing can be running on it. */
  readonly absent: boolean;
}

/** The adapters of this run of the program, each loaded once. */
export class Adapters {
  readonly #importer: Importer | undefined;
  readonly #open = new Map<Platform, Promise<PlatformAdapter>>();

  /** `--scope`, `--runtime`, `--host`. */
  place: Place = {};

  /** Told what long work is at; set by who shows it. */
  say: ((text: string) => void) | undefined;

  constructor(importer?: Importer) {
    this.#importer = importer;
  }

  open(platform: Platform): Promise<PlatformAdapter> {
    const known = this.#open.get(platform);
    if (known) return known;
    const adapter = selectAdapter(platform, {
      ...(this.#importer ? { importer: this.#importer } : {}),
      ...adapterOptions(platform, { ...this.place, onProgress: (text) => this.say?.(text) }),
    });
    this.#open.set(platform, adapter);
    return adapter;
  }

  /**
   * Asks every platform whose package is installed. One that fails is only a `Silent` in the answer: it must not
   * keep the others from being used. Probing is left for those that failed, since it may be slow.
   */
  async askAll<T>(
    ask: (adapter: PlatformAdapter) => Promise<T>,
  ): Promise<{ answers: { adapter: PlatformAdapter; answer: T }[]; silent: Silent[] }> {
    const answers: { adapter: PlatformAdapter; answer: T }[] = [];
    const silent: Silent[] = [];
    // To find out by a failing import takes much longer.
    const installed = registeredPlatforms.filter(
      (platform) => this.#importer !== undefined || isInstalled(adapterRegistry[platform][0]),
    );
    const results = await Promise.all(installed.map((platform) => this.#ask(platform, ask)));
    for (const result of results) {
      if (result === undefined) continue;
      if ('why' in result) silent.push(result);
      else answers.push(result);
    }
    return { answers, silent };
  }

  async #ask<T>(
    platform: Platform,
    ask: (adapter: PlatformAdapter) => Promise<T>,
  ): Promise<{ adapter: PlatformAdapter; answer: T } | Silent | undefined> {
    let adapter: PlatformAdapter;
    try {
      adapter = await this.open(platform);
    } catch (error) {
      if (PlatformError.isInstance(error) && error.reason === 'unavailable') return undefined;
      return { platform, why: lineOf(error), absent: false };
    }
    try {
      return { adapter, answer: await ask(adapter) };
    } catch (error) {
      const availability = await adapter.probe().catch(() => undefined);
      if (availability?.available === false) return { platform, why: availability.why, absent: true };
      return { platform, why: lineOf(error), absent: false };
    }
  }

  /** Lets go of what the adapters hold, so that the program can end. */
  async close(): Promise<void> {
    const opened = await Promise.allSettled(this.#open.values());
    await Promise.allSettled(
      opened.map((result) => (result.status === 'fulfilled' ? result.value.close?.() : undefined)),
    );
  }
}

function lineOf(error: unknown): string {
  if (PlatformError.isInstance(error)) return error.toLine();
  return error instanceof Error ? error.message : String(error);
}
