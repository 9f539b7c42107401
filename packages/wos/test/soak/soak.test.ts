import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { useKernel } from '../support/kernel.ts';
import { describeWithPrograms, temporaryFolder } from '../support/programs.ts';
import { firstSeed } from '../support/seeded-random.ts';
import { escapeFolder, secret } from './escapes.ts';
import { Soak } from './soak.ts';

/** $WOS_SOAK modules; $WOS_FUZZ_SEED is the first's. */
const count = Number(process.env.WOS_SOAK ?? 10_000);
const atOnce = 48;

const descriptors = () => readdirSync('/proc/self/fd').length;
const residentMiB = () => Math.round(process.memoryUsage.rss() / 2 ** 20);

describeWithPrograms('a soak', () => {
  const test = useKernel({ threads: 3, history: 1024 });
  const root = temporaryFolder();

  it(`${count} random and hostile modules leave a kernel that works`, { timeout: 900_000 }, async () => {
    mkdirSync(join(root, 'host'));
    const soak = new Soak(test.kernel, escapeFolder(join(root, 'host')));
    const fifth = Math.ceil(count / 5);
    /** After each fifth. The first loads what is loaded once. */
    const seen: { descriptors: number; resident: number }[] = [];
    const began = performance.now();
    for (let done = 0; done < count; done += fifth) {
      await soak.run(firstSeed + done, Math.min(fifth, count - done), atOnce);
      seen.push({ descriptors: descriptors(), resident: residentMiB() });
    }
    const seconds = ((performance.now() - began) / 1000).toFixed(1);
    const { ends, failures, slowestKill } = soak.result;
    const summary = `${count} modules from seed ${firstSeed}, ${seconds} s; slowest kill ${slowestKill.toFixed(0)} ms`;
    console.log(summary, seen, ends);

    expect(failures).toEqual([]);
    expect(test.kernel.list()).toEqual([]);
    const [first, last] = [seen[0], seen.at(-1)] as const;
    if (first === undefined || last === undefined) throw new Error('Nothing was run: WOS_SOAK is 1 or more');
    // The compiler's thread, which comes and goes, has five.
    expect(last.descriptors, summary).toBeLessThanOrEqual(first.descriptors + 10);
    // V8 frees code and memories when it has to: of 40,000 modules no more than 755 MiB were ever seen, at 16,000 already.
    expect(last.resident, summary).toBeLessThan(first.resident + 400);
    // What was outside is as it was.
    expect(readdirSync(join(root, 'host', 'private'))).toEqual(['secret']);
    expect(readFileSync(join(root, 'host', 'private', 'secret'), 'utf8')).toBe(secret);
    expect(await test.run('basics', ['exit', '7'])).toMatchObject({ exit: { code: 7 } });
    expect(await test.run('basics', ['streams'])).toMatchObject({
      exit: { code: 0 },
      stdout: 'out\nunfinished',
    });
  });
});
