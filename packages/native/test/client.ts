import { NativeAdapter } from '../src/index.ts';

/** For clauses that work from another process: the state folder comes in the environment. */
export function createAdapter(): NativeAdapter {
  return new NativeAdapter();
}
