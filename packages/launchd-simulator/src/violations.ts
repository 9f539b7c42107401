import { appendFileSync, readFileSync } from 'node:fs';

/** What a correct adapter never does. */
export type Rule =
  | 'numeric-signal'
  | 'legacy-subcommand'
  | 'bootstrap-during-drain'
  | 'bootout-of-domain'
  | 'ignored-key'
  | 'bad-usage';

export interface Violation {
  readonly rule: Rule;
  readonly detail: string;
  readonly arguments: readonly string[];
}

/** Kept in a file, one JSON document a line, so that they outlive the simulator. */
export class Violations {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  add(rule: Rule, detail: string, given: readonly string[] = []): void {
    const violation: Violation = { rule, detail, arguments: given };
    appendFileSync(this.#path, `${JSON.stringify(violation)}\n`);
  }

  list(): Violation[] {
    return readViolations(this.#path);
  }
}

export function readViolations(path: string): Violation[] {
  try {
    const lines = readFileSync(path, 'utf8').split('\n');
    return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Violation);
  } catch {
    return [];
  }
}
