import { describeConformance } from '../src/vitest.ts';
import { poorCapabilities } from './reference/capabilities.ts';
import { createReferenceHarness } from './reference/harness.ts';

describeConformance(await createReferenceHarness());

describeConformance(
  await createReferenceHarness({ name: 'reference with few capabilities', capabilities: poorCapabilities }),
  { only: ['spawn.executes-program', 'settings', 'trace', 'restart', 'health', 'stop'] },
);
