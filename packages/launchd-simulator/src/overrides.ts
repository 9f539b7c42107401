import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * What `enable` and `disable` have said, by store and label. It outlives boots (launchctl(1), disable) and the plist. Stores as on macOS:
 * /var/db/com.apple.xpc.launchd/disabled.plist of the system, disabled.<uid>.plist that the user's domains share.
 */
export class Overrides {
  readonly #path: string;
  readonly #stores: Record<string, Record<string, boolean>>;

  constructor(path: string) {
    this.#path = path;
    try {
      this.#stores = JSON.parse(readFileSync(path, 'utf8')) as Record<string, Record<string, boolean>>;
    } catch {
      this.#stores = {};
    }
  }

  /** `true`: disabled, `undefined`: nothing was ever said. */
  get(store: string, label: string): boolean | undefined {
    const entries = this.#stores[store] ?? {};
    return Object.hasOwn(entries, label) ? entries[label] : undefined;
  }

  entries(store: string): [label: string, disabled: boolean][] {
    return Object.entries(this.#stores[store] ?? {});
  }

  set(store: string, label: string, disabled: boolean): void {
    this.#stores[store] = { ...this.#stores[store], [label]: disabled };
    mkdirSync(dirname(this.#path), { recursive: true });
    writeFileSync(`${this.#path}.new`, JSON.stringify(this.#stores));
    renameSync(`${this.#path}.new`, this.#path);
  }
}
