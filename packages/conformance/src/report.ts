import type { Platform } from '@duende/core';

export type ClauseOutcome = 'pass' | 'fail' | 'skip';

export interface ClauseResult {
  readonly id: string;
  readonly contract: number;
  readonly title: string;
  readonly outcome: ClauseOutcome;
  /** Why it was skipped, or how it failed. */
  readonly reason?: string;
  readonly error?: unknown;
  readonly durationMs: number;
  /** What could not be removed afterwards, one line each. */
  readonly problems: readonly string[];
}

export interface Report {
  readonly harness: string;
  readonly platform: Platform | undefined;
  /** `systemd 252`; undefined when the platform is not available. */
  readonly engine?: string;
  readonly probe: string;
  readonly results: readonly ClauseResult[];
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly durationMs: number;
}

const marks: Readonly<Record<ClauseOutcome, string>> = { pass: 'ok  ', fail: 'FAIL', skip: 'skip' };

/** One clause as a line of text: outcome, id, duration, reason. */
export function formatResult(result: ClauseResult): string {
  const head = `${marks[result.outcome]} ${result.id} (${result.contract}) ${Math.round(result.durationMs)} ms`;
  const lines = [result.reason === undefined ? head : `${head}: ${result.reason}`];
  for (const problem of result.problems) lines.push(`     not removed: ${problem}`);
  return lines.join('\n');
}

export function formatSummary(report: Report): string {
  const { harness, engine, passed, failed, skipped, durationMs, probe } = report;
  const where = engine === undefined ? harness : `${harness} on ${engine}`;
  const seconds = (durationMs / 1000).toFixed(1);
  return `${where}, probe ${probe}: ${passed} passed, ${failed} failed, ${skipped} skipped in ${seconds} s`;
}

/** The report as JSON: errors become their text. */
export function reportToJson(report: Report): unknown {
  const results = report.results.map(({ error, ...result }) => ({
    ...result,
    ...(error instanceof Error && { stack: error.stack }),
  }));
  return { ...report, results };
}
