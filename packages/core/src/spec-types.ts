/** Types only: this file keeps zod out of what merely handles daemons. The schema is in spec.ts. */
export type { DaemonSpec, DaemonSpecInput, ModuleSpec, ProgramSpec } from './spec.ts';
