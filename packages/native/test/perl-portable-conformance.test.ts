import { describeConformance } from '@duende/conformance/vitest';
import { nativeHarness } from './harness.ts';

describeConformance(nativeHarness({ supervisor: 'perl-portable' }));
