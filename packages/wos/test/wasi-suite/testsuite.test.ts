import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { expect, it } from 'vitest';
import { startModule } from '../real-programs/neighbours.ts';
import { useKernel } from '../support/kernel.ts';
import { describeWithPrograms, temporaryFolder } from '../support/programs.ts';
import { suiteCases } from './all-cases.ts';
import type { SuiteCase } from './cases.ts';
import { expectedFailures } from './expected-failures.ts';
import { judge } from './run-case.ts';
import { programOf } from './steps.ts';
import { variableNames } from './vocabulary.ts';

const cases = Object.entries(suiteCases);

describeWithPrograms('the cases of wasi-testsuite, rebuilt', () => {
  const test = useKernel();
  const root = temporaryFolder();

  it.for(cases)('%s', async ([name, what]) => {
    const one: SuiteCase = 'steps' in what ? what : { steps: what };
    const folder = join(root, name);
    mkdirSync(folder);
    const module = programOf(one, variableNames);
    const running = await startModule(test, module, [...(one.args ?? [name])], {
      env: one.env ?? {},
      capabilities: { preopens: [{ guest: '/', host: folder, write: true }] },
    });
    const run = await running.end();
    const code = 'code' in run.exit ? run.exit.code : -1;
    const at = code >= 100 ? `step ${code - 100}, ${inspect(one.steps[code - 100], { depth: 4 })}` : name;
    judge('wasi-testsuite', { ...one, name }, run, at);
  });

  it('are as many as there are of preview1, and no other is said to fail', () => {
    expect(cases).toHaveLength(72);
    const failing = Object.keys(expectedFailures).filter((name) => name.startsWith('wasi-testsuite/'));
    expect(cases.map(([name]) => `wasi-testsuite/${name}`)).toEqual(expect.arrayContaining(failing));
  });
});
