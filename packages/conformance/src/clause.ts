import type { Capabilities, Support } from '@duende/core';
import type { ClauseContext } from './context.ts';

/** One checkable sentence of the contract. */
export interface Clause {
  /** Stable: `spawn.reports-missing-program`. */
  readonly id: string;
  /** The point of the contract, 1 to 19. */
  readonly contract: number;
  readonly title: string;
  /** Milliseconds. */
  readonly timeout: number;
  /** Measures time, or loads the machine: runs while no other clause does. */
  readonly exclusive: boolean;
  /** Kills the manager of its daemon: runs while no other clause does where that is the manager of all (`managerIsShared`). */
  readonly killsManager: boolean;
  /**
   * False for a clause about what is missing (that it is refused) when nothing of the kind is missing: it says nothing of this
   * adapter, and is not part of its suite.
   */
  applies(capabilities: Capabilities): boolean;
  /** What these capabilities lack for this clause, which is then skipped; `undefined` when nothing. */
  needs(capabilities: Capabilities): string | undefined;
  run(context: ClauseContext): Promise<void>;
}

/** Something a clause asks of the platform: what it is called, and whether it is there. */
export type Need = readonly [what: string, support: Support];

export interface ClauseInput {
  readonly id: string;
  readonly contract: number;
  readonly title: string;
  readonly timeout?: number;
  readonly exclusive?: boolean;
  readonly killsManager?: boolean;
  /** Besides program daemons and captured logs, which every clause that spawns the probe needs. */
  readonly needs?: (capabilities: Capabilities) => readonly Need[];
  /** What `needs` cannot say: the reason to skip, else undefined. */
  readonly unless?: (capabilities: Capabilities) => string | undefined;
  /** For clauses about what is missing: whether anything is. */
  readonly applies?: (capabilities: Capabilities) => boolean;
  /** False: it does not read logs. */
  readonly logs?: boolean;
  readonly run: (context: ClauseContext) => Promise<void>;
}

export function clause(input: ClauseInput): Clause {
  const {
    id,
    contract,
    title,
    timeout = 15_000,
    exclusive = false,
    killsManager = false,
    logs = true,
    run,
  } = input;
  const needs = (can: Capabilities): string | undefined => {
    const wanted: Need[] = [['program daemons', can.daemons.program]];
    if (logs) wanted.push(['captured logs', can.logs.capture]);
    for (const [what, support] of [...wanted, ...(input.needs?.(can) ?? [])]) {
      if (!support.supported) return `${what}: ${support.why}`;
    }
    return input.unless?.(can);
  };
  const applies = (can: Capabilities): boolean => input.applies?.(can) ?? true;
  return { id, contract, title, timeout, exclusive, killsManager, applies, needs, run };
}

/** Whether a clause must run while no other does. */
export const runsAlone = (clause: Clause, harness: { readonly managerIsShared?: boolean }): boolean =>
  clause.exclusive || (clause.killsManager && harness.managerIsShared === true);
