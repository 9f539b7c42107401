import { mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { useKernel } from './support/kernel.ts';
import { describeWithPrograms, temporaryFolder } from './support/programs.ts';

describeWithPrograms('a directory that is swapped for a link while it is used', () => {
  const test = useKernel();
  const root = temporaryFolder();

  it('never leads out', async () => {
    const shared = join(root, 'shared');
    mkdirSync(join(shared, 'sub'), { recursive: true });
    mkdirSync(join(root, 'private'));
    writeFileSync(join(root, 'private', 'name'), 'secret text');
    writeFileSync(join(shared, 'sub', 'name'), 'public');
    symlinkSync('../private', join(shared, 'link'));
    symlinkSync('../../private/name', join(shared, 'sub', 'deep'));
    const operations = Array.from({ length: 8000 }, (_, index) =>
      index % 2 ? 'read:/data/sub/name' : 'size:/data/sub/name',
    );
    const capabilities = { preopens: [{ guest: '/data', host: shared, write: false }] };
    const reading = await test.start('files', operations, { capabilities });
    let swaps = 0;
    for (; test.kernel.status(reading.pid).exit === undefined; swaps++) {
      for (const [from, to] of [
        ['sub', 'away'],
        ['link', 'sub'],
        ['sub', 'link'],
        ['away', 'sub'],
      ] as const) {
        renameSync(join(shared, from), join(shared, to));
      }
      if (swaps % 50 === 0) await new Promise(setImmediate);
    }
    const { stdout, exit } = await reading.end();
    expect(exit).toEqual({ code: 0 });
    expect(stdout).not.toContain('secret text');
    expect(stdout).not.toContain('ok 11');
    expect(stdout).toContain('<public>');
    expect(stdout).toContain('ok 6');
    expect(stdout).toMatch(/not permitted|No such file/);
  });
});
