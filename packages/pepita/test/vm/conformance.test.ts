import { describeConformance } from '@duende/conformance/vitest';
import { pepitaHarness } from './conformance-harness.ts';

await describeConformance(await pepitaHarness(), { ruledOut: 'omit' });
