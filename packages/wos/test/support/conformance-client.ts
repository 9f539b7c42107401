import { WosAdapter } from '../../src/adapter/index.ts';

/** For the conformance kit's other processes. */
export const createAdapter = (): WosAdapter => new WosAdapter();
