import { describeConformance } from '@duende/conformance/vitest';
import { simulatorHarness } from './harness.ts';

await describeConformance(await simulatorHarness('15', 'gui'), { ruledOut: 'omit' });
