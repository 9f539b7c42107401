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

/** Addresses that are taken, used or not: TiB. */
function reservedTiB(): number {
  const size = /^VmSize:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'latin1'))?.[1];
  if (size === undefined) throw new Error('/proc/self/status has no VmSize');
  return Math.round(Number(size) / 2 ** 20 / 102.4) / 10;
}

describeWithPrograms('a soak', () => {
  const test = useKernel({ threads: 3, history: 1024 });
  const root = temporaryFolder();

  it(`${count} random and hostile modules leave a kernel that works`, { timeout: 900_000 }, async () => {
    mkdirSync(join(root, 'host'));
    const soak = new Soak(test.kernel, escapeFolder(join(root, 'host')));
    const fifth = Math.ceil(count / 5);
    /** After each fifth. The first loads what is loaded once. */
    const seen: { descriptors: number; resident: number; reserved: number }[] = [];
    const began = performance.now();
    for (let done = 0; done < count; done += fifth) {
      await soak.run(firstSeed + done, Math.min(fifth, count - done), atOnce);
      seen.push({ descriptors: descriptors(), resident: residentMiB(), reserved: reservedTiB() });
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
    // V8 takes 8 GiB of addresses for each memory until it has freed it, which resident memory hardly shows. Between 1 and
    // 4 TiB were seen; with all instances kept it was 16 after 3000 modules, and went on.
    for (const { reserved } of seen) expect(reserved, summary).toBeLessThan(16);
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
