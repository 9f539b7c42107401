import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { useKernel } from '../support/kernel.ts';
import { describeWithPrograms, temporaryFolder } from '../support/programs.ts';
import { compileCase } from './compile-case.ts';
import { expectedFailures } from './expected-failures.ts';
import { nodeCases, nodeFolders } from './node-cases.ts';
import { contentOf, judge, runCase } from './run-case.ts';

describeWithPrograms("Node's WASI tests", () => {
  const test = useKernel();
  const root = temporaryFolder();

  it.concurrent.for(nodeCases)('$name', async (one) => {
    const module = await compileCase('node', one.name);
    const folder = join(root, one.name);
    mkdirSync(folder);
    const { sandbox, tmp } = nodeFolders(folder);
    judge('node', one, await runCase(test, module, one, { '/sandbox': sandbox, '/tmp': tmp }));
    expect(contentOf(join(folder, 'outside.txt'))).toBe('this should be inaccessible');
    if (one.name === 'write_file') expect(contentOf(join(tmp, 'output.txt'))).toBe('hello, file!');
  });

  it('are all run, and nothing else is said to fail', () => {
    const sources = readdirSync(new URL('node', import.meta.url)).filter((name) => name.endsWith('.c'));
    expect(nodeCases.map(({ name }) => `${name}.c`)).toEqual(sources.sort());
    const failing = Object.keys(expectedFailures).filter((name) => name.startsWith('node/'));
    expect(nodeCases.map(({ name }) => `node/${name}`)).toEqual(expect.arrayContaining(failing));
  });
});
