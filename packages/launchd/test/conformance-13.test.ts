import { describeConformance } from '@duende/conformance/vitest';
import { simulatorHarness } from './harness.ts';

await describeConformance(await simulatorHarness('13', 'user'), { ruledOut: 'omit' });
