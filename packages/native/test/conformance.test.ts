import { describeConformance } from '@duende/conformance/vitest';
import { nativeHarness } from './harness.ts';

await describeConformance(nativeHarness());
