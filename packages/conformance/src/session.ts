import { randomBytes } from 'node:crypto';
import type { Clause } from './clause.ts';
import { createContext } from './context.ts';
import { ContractViolation } from './expect.ts';
import type { AdapterHarness, ProbeProvider } from './harness.ts';
import { hostProbe } from './probe/provider.ts';
import type { ClauseResult } from './report.ts';
import { Tracker } from './tracker.ts';

function describeError(error: unknown): string {
  if (error instanceof ContractViolation) return error.message;
  if (!(error instanceof Error)) return String(error);
  const { code, reason } = error as { code?: unknown; reason?: unknown };
  return `${error.name}${code === undefined ? '' : ` ${code}/${reason}`}: ${error.message}`;
}

/** Runs clauses on one harness, with names of its own, and removes what they made. */
export class Session {
  readonly harness: AdapterHarness;
  readonly probe: ProbeProvider;
  readonly #prefix = `cf-${randomBytes(3).toString('hex')}`;
  readonly #trackers = new Set<Tracker>();
  #count = 0;
  #closed: Promise<string[]> | undefined;

  constructor(harness: AdapterHarness) {
    this.harness = harness;
    this.probe = harness.probe ?? hostProbe();
  }

  async run(clause: Clause): Promise<ClauseResult> {
    const { id, contract, title } = clause;
    const begun = performance.now();
    const tracker = new Tracker(this.harness);
    this.#trackers.add(tracker);
    let reason: string | undefined;
    let failure: unknown;
    let skipped = false;
    try {
      const adapter = tracker.client(await this.harness.create());
      reason = clause.needs(adapter.capabilities);
      skipped = reason !== undefined;
      if (!skipped) await this.#judge(clause, adapter, tracker);
    } catch (error) {
      failure = error;
      reason = describeError(error);
    }
    const problems = await tracker.cleanup();
    this.#trackers.delete(tracker);
    return {
      id,
      contract,
      title,
      outcome: skipped ? 'skip' : failure === undefined ? 'pass' : 'fail',
      ...(reason !== undefined && { reason }),
      ...(failure !== undefined && { error: failure }),
      durationMs: performance.now() - begun,
      problems,
    };
  }

  async #judge(
    clause: Clause,
    adapter: Awaited<ReturnType<AdapterHarness['create']>>,
    tracker: Tracker,
  ): Promise<void> {
    const { harness, probe } = this;
    const late = new AbortController();
    this.#count += 1;
    const prefix = `${this.#prefix}-${this.#count}`;
    const context = createContext({ harness, probe, adapter, tracker, signal: late.signal, prefix });
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        const error = new ContractViolation(`not done within ${clause.timeout} ms`);
        reject(error);
        late.abort(error);
      }, clause.timeout);
    });
    const running = clause.run(context);
    // After a timeout nobody waits for the clause any more.
    running.catch(() => {});
    try {
      await Promise.race([running, timeout]);
    } finally {
      clearTimeout(timer);
      late.abort(new Error('the clause is over'));
    }
  }

  /** Removes what is left, the probe's files and the harness. Idempotent. */
  close(): Promise<string[]> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<string[]> {
    const problems: string[] = [];
    for (const tracker of this.#trackers) problems.push(...(await tracker.cleanup()));
    await this.probe.cleanup();
    await this.harness.cleanup();
    return problems;
  }
}
