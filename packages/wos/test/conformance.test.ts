import { describeConformance } from '@duende/conformance/vitest';
import { wosHarness } from './support/conformance-harness.ts';
import { canCompile, sayThereIsNoCompiler } from './support/programs.ts';

if (canCompile()) await describeConformance(wosHarness(), { ruledOut: 'omit' });
else sayThereIsNoCompiler('conformance of wos');
