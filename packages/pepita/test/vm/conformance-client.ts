import { env } from 'node:process';
import { PepitaAdapter } from '../../src/index.ts';

/** For the conformance kit's other processes. */
export const createAdapter = (): PepitaAdapter =>
  new PepitaAdapter({ kernel: env.DUENDE_TEST_KERNEL as string, accel: 'tcg' });
