import { env } from 'node:process';
import { ContainerAdapter, type Runtime } from '../../src/index.ts';

/** For the conformance kit's other processes. */
export const createAdapter = (): ContainerAdapter =>
  new ContainerAdapter({ runtime: env.DUENDE_TEST_RUNTIME as Runtime, host: env.DUENDE_TEST_HOST as string });
