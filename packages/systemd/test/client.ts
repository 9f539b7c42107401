import { SystemdAdapter } from '../src/index.ts';
import { testScope } from './scope.ts';

/** For the conformance kit's other processes. */
export const createAdapter = (): SystemdAdapter => new SystemdAdapter({ scope: testScope });
