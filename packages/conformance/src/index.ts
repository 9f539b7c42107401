export { requiredPlatforms } from './availability.ts';
export type { Clause } from './clause.ts';
export { clauses } from './clauses/index.ts';
export type { ClauseContext, ProgramInput } from './context.ts';
export { ContractViolation } from './expect.ts';
export type { AdapterHarness, HarnessSource, ProbeProgram, ProbeProvider } from './harness.ts';
export { type HostProbeOptions, hostProbe, prebuiltProbe } from './probe/provider.ts';
export {
  type ClauseOutcome,
  type ClauseResult,
  formatResult,
  formatSummary,
  type Report,
  reportToJson,
} from './report.ts';
export { type RunOptions, runConformance, selectClauses } from './runner.ts';
