import { describeConformance } from '@duende/conformance/vitest';
import { nativeHarness } from './harness.ts';

// What the prebuilt supervisor can and this one cannot is left out here: the whole contract runs in conformance.test.ts.
await describeConformance(nativeHarness({ supervisor: 'perl-portable' }), { ruledOut: 'omit' });
