import type { EngineSnapshot } from './quickjs-core.ts';

/** A script that was read and compiled, and has not begun yet. */
export interface PreparedScript {
  readonly engine: EngineSnapshot;
  /** Functions of the script: pointers to values. */
  readonly turn: number;
  readonly uncaught: number;
  readonly begin: number;
}

/** Of one module, each with a memory of some megabytes. */
const most = 8;

/** The memories with which further processes of the same script begin, for one module on one kernel thread. The least recently used go first. */
export class PreparedScripts {
  readonly #byText = new Map<string, PreparedScript>();

  find(text: string): PreparedScript | undefined {
    const found = this.#byText.get(text);
    if (found) {
      this.#byText.delete(text);
      this.#byText.set(text, found);
    }
    return found;
  }

  keep(text: string, prepared: PreparedScript): void {
    this.#byText.set(text, prepared);
    for (const oldest of this.#byText.keys()) {
      if (this.#byText.size <= most) return;
      this.#byText.delete(oldest);
    }
  }
}
