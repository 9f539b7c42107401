import { describeConformance } from '@duende/conformance/vitest';
import { systemdHarness } from './harness.ts';

await describeConformance(systemdHarness(), { ruledOut: 'omit' });
