import { judgeAvailability } from './availability.ts';
import { type Clause, runsAlone } from './clause.ts';
import { clauses } from './clauses/index.ts';
import type { AdapterHarness } from './harness.ts';
import type { ClauseOutcome, ClauseResult, Report } from './report.ts';
import { Session } from './session.ts';

export interface RunOptions {
  /** Only clauses with these ids, or of these groups (`spawn`), or points of the contract (`7`). */
  readonly only?: readonly string[];
  /** Clauses that run at the same time; default 4. Clauses that measure time always run alone. */
  readonly concurrency?: number;
  readonly onResult?: (result: ClauseResult) => void;
}

/** @throws Error when something in `only` names no clause. */
export function selectClauses(only: readonly string[] = []): readonly Clause[] {
  const fits = (clause: Clause, wanted: string): boolean =>
    clause.id === wanted || clause.id.startsWith(`${wanted}.`) || String(clause.contract) === wanted;
  for (const wanted of only) {
    if (!clauses.some((clause) => fits(clause, wanted)))
      throw new Error(`No clause is called ${JSON.stringify(wanted)}`);
  }
  return only.length === 0
    ? clauses
    : clauses.filter((clause) => only.some((wanted) => fits(clause, wanted)));
}

async function runAll(
  session: Session,
  harness: AdapterHarness,
  selected: readonly Clause[],
  concurrency: number,
  onResult: (result: ClauseResult) => void,
  isOver: () => boolean,
): Promise<void> {
  const work = async (queue: Clause[]): Promise<void> => {
    for (let clause = queue.shift(); clause && !isOver(); clause = queue.shift())
      onResult(await session.run(clause));
  };
  const together = selected.filter((clause) => !runsAlone(clause, harness));
  await Promise.all(Array.from({ length: concurrency }, () => work(together)));
  await work(selected.filter((clause) => runsAlone(clause, harness)));
}

/** Cleans up on the first SIGINT or SIGTERM, then lets it have its usual effect. */
function cleanUpOnSignal(session: Session, over: () => void): () => void {
  const names = ['SIGINT', 'SIGTERM'] as const;
  const onSignal = (signal: NodeJS.Signals): void => {
    release();
    over();
    void session.close().finally(() => process.kill(process.pid, signal));
  };
  const release = (): void => {
    for (const name of names) process.off(name, onSignal);
  };
  for (const name of names) process.on(name, onSignal);
  return release;
}

/** Proves an adapter against the contract, clause by clause, and removes everything it made. */
export async function runConformance(harness: AdapterHarness, options: RunOptions = {}): Promise<Report> {
  const { only, concurrency = 4, onResult } = options;
  const selected = selectClauses(only);
  const begun = performance.now();
  const session = new Session(harness);
  let over = false;
  const release = cleanUpOnSignal(session, () => {
    over = true;
  });
  const results: ClauseResult[] = [];
  const add = (result: ClauseResult): void => {
    results.push(result);
    onResult?.(result);
  };
  try {
    const verdict = await judgeAvailability(harness);
    const platform = verdict.run ? verdict.adapter.platform : verdict.platform;
    if (verdict.run) {
      const can = verdict.adapter.capabilities;
      await verdict.adapter.close?.();
      const applying = selected.filter((clause) => clause.applies(can));
      await runAll(session, harness, applying, concurrency, add, () => over);
    } else {
      const outcome = verdict.required ? 'fail' : 'skip';
      for (const { id, contract, title } of selected)
        add({ id, contract, title, outcome, reason: verdict.why, durationMs: 0, problems: [] });
    }
    const order = selected.map((clause) => clause.id);
    results.sort((a, b) => order.indexOf(a.id) - order.indexOf(b.id));
    const count = (outcome: ClauseOutcome) => results.filter((result) => result.outcome === outcome).length;
    return {
      harness: harness.name,
      platform,
      ...(verdict.run && { engine: verdict.engine }),
      probe: session.probe.title,
      results,
      passed: count('pass'),
      failed: count('fail'),
      skipped: count('skip'),
      durationMs: performance.now() - begun,
    };
  } finally {
    release();
    await session.close();
  }
}
