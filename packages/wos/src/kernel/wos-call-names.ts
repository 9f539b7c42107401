import { makeWosCalls } from './calls-wos.ts';
import type { ThreadServices } from './thread-services.ts';

/** Names of what module `wos` has. The definitions are only looked at, so that there is one list. */
export const wosCallNames: ReadonlySet<string> = new Set([
  'preempt',
  ...Object.keys(makeWosCalls({} as ThreadServices)),
]);
