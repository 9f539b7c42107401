import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { runInNode } from '../support/node-wasi.ts';
import { describeWithPrograms, temporaryFolder } from '../support/programs.ts';
import { firstSeed, SeededRandom } from '../support/seeded-random.ts';
import { suiteCases } from './all-cases.ts';
import type { SuiteCase } from './cases.ts';
import { compileCase } from './compile-case.ts';
import { nodeCases, nodeFolders } from './node-cases.ts';
import { programOf } from './steps.ts';
import { variableNames } from './vocabulary.ts';

/** Under the WASI of Node, as it is and rewritten, in slices of any length: the same, whether Node passes the case or not. */
describeWithPrograms('programs of the suites, rewritten', () => {
  const root = temporaryFolder();
  const random = new SeededRandom(firstSeed);
  let count = 0;

  async function sameBothWays(
    bytes: Uint8Array,
    options: { args: readonly string[]; env?: Record<string, string> | undefined },
    folders: (root: string) => Record<string, string>,
  ): Promise<void> {
    const run = (fuel?: number) => {
      const folder = join(root, String(count++));
      mkdirSync(folder);
      const given = { args: options.args, env: options.env ?? {}, preopens: folders(folder) };
      return runInNode(bytes, { ...given, ...(fuel === undefined ? {} : { fuel }) }).catch(
        (error) => `${error}`,
      );
    };
    const original = await run();
    for (const fuel of [1, 1 + random.below(2000)])
      expect(await run(fuel), `WOS_FUZZ_SEED=${firstSeed}, fuel ${fuel}`).toEqual(original);
  }

  // Without poll, which waits for three seconds each time, and with the whole thread under the WASI of Node.
  it.for(nodeCases.filter(({ name }) => name !== 'poll'))(
    '$name of Node does the same',
    async ({ name, args, env }) => {
      const bytes = readFileSync(await compileCase('node', name));
      await sameBothWays(bytes, { args: args ?? [name], env }, (folder) => {
        const { sandbox, tmp } = nodeFolders(folder);
        return { '/sandbox': sandbox, '/tmp': tmp };
      });
    },
  );

  it.for(Object.entries(suiteCases))('%s does the same', async ([name, what]) => {
    const one: SuiteCase = 'steps' in what ? what : { steps: what };
    const options = { args: one.args ?? [name], env: one.env };
    await sameBothWays(programOf(one, variableNames), options, (folder) => ({ '/': folder }));
  });
});
