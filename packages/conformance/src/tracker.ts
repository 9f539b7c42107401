import type { PlatformAdapter } from '@duende/core';
import type { AdapterHarness } from './harness.ts';

/** Remembers what one clause made, and removes it whatever happened to the clause. */
export class Tracker {
  readonly #harness: AdapterHarness;
  readonly #names = new Set<string>();
  readonly #clients = new Set<PlatformAdapter>();

  constructor(harness: AdapterHarness) {
    this.#harness = harness;
  }

  name(name: string): string {
    this.#names.add(name);
    return name;
  }

  client(adapter: PlatformAdapter): PlatformAdapter {
    this.#clients.add(adapter);
    return adapter;
  }

  /** What could not be removed, one line each. Idempotent. */
  async cleanup(): Promise<string[]> {
    const problems: string[] = [];
    const note = (what: string) => (error: unknown) => {
      problems.push(`${what}: ${error instanceof Error ? error.message : String(error)}`);
    };
    const names = [...this.#names];
    this.#names.clear();
    // Its own client: those of the clause may be what is broken.
    const adapter = names.length > 0 ? await this.#harness.create().catch(note('client')) : undefined;
    for (let at = 0; adapter && at < names.length; at += 16) {
      await Promise.all(
        names.slice(at, at + 16).map((name) => this.#remove(adapter, name, problems).catch(note(name))),
      );
    }
    if (adapter) this.#clients.add(adapter);
    for (const client of this.#clients) await client.close?.().catch(note('close'));
    this.#clients.clear();
    return problems;
  }

  async #remove(adapter: PlatformAdapter, name: string, problems: string[]): Promise<void> {
    const handle = await adapter.find(name);
    if (handle) await adapter.remove(handle, { force: true });
    for (const left of (await this.#harness.leftovers?.(name)) ?? [])
      problems.push(`left of ${name}: ${left}`);
  }
}
