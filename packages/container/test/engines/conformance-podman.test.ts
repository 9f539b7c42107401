import { describeConformance } from '@duende/conformance/vitest';
import { containerHarness } from './harness.ts';

await describeConformance(containerHarness('podman'));
