import { describeConformance } from '../src/vitest.ts';
import { poorCapabilities } from './reference/capabilities.ts';
import { createReferenceHarness } from './reference/harness.ts';

await describeConformance(await createReferenceHarness(), { ruledOut: 'omit' });

await describeConformance(
  await createReferenceHarness({ name: 'reference with few capabilities', capabilities: poorCapabilities }),
  { only: ['spawn.executes-program', 'settings', 'trace', 'restart', 'health', 'stop'], ruledOut: 'omit' },
);
