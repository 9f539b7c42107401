import { describeConformance } from '@duende/conformance/vitest';
import { simulatorHarness, systemDomain } from './harness.ts';

await describeConformance(await simulatorHarness('11', systemDomain), { ruledOut: 'omit' });
