import { directoryCalls } from './calls-directory.ts';
import { descriptorCalls } from './calls-fd.ts';
import { fileCalls } from './calls-file.ts';
import { linkCalls } from './calls-link.ts';
import { pathCalls } from './calls-path.ts';
import { pollCalls } from './calls-poll.ts';
import { processCalls } from './calls-process.ts';
import { socketCalls } from './calls-socket.ts';
import type { CallDefinition } from './process.ts';

/** All of WASI preview1 (`wasi_snapshot_preview1`). */
export const wasiCalls: Readonly<Record<string, CallDefinition>> = {
  ...processCalls,
  ...pollCalls,
  ...descriptorCalls,
  ...fileCalls,
  ...directoryCalls,
  ...pathCalls,
  ...linkCalls,
  ...socketCalls,
};
