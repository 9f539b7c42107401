import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { findBundle } from '../src/js/bundle/bundle-cache.ts';
import { bundleScript } from '../src/js/bundle/bundle-script.ts';
import { temporaryFolder } from './support/programs.ts';

const folder = temporaryFolder();

function write(name: string, source: string): string {
  const file = join(folder, name);
  writeFileSync(file, source);
  return file;
}

const daemon = (text: string) =>
  `import { defineDaemon } from 'duende';\nexport default defineDaemon({ name: '${text}', run() {} });`;

it('a bundle is kept until one of its files changes', async () => {
  const helper = write('helper.ts', "export const text = 'first-text';");
  const file = write('kept.ts', `import { text } from './helper.ts';\n${daemon('x')}\nexport { text };`);
  const cache = join(folder, 'cache');
  const first = await findBundle(file, cache);
  expect(await findBundle(file, cache)).toBe(first);
  const [name] = readdirSync(cache);
  expect(statSync(join(cache, name as string)).mode & 0o777).toBe(0o600);
  expect(statSync(cache).mode & 0o777).toBe(0o700);
  expect(readFileSync(join(cache, name as string), 'utf8')).toContain('first-text');
  writeFileSync(helper, "export const text = 'second-text';");
  const second = await findBundle(file, cache);
  expect(second.text).toContain('second-text');
  expect(second.text).not.toContain('first-text');
});

it('a damaged entry is made again', async () => {
  const file = write('damaged.ts', daemon('intact'));
  const cache = join(folder, 'damaged');
  await findBundle(file, cache);
  const entry = join(cache, readdirSync(cache)[0] as string);
  writeFileSync(entry, readFileSync(entry, 'utf8').replace('intact', 'broken'));
  // As another process would: this one has it in memory.
  const { vi } = await import('vitest');
  vi.resetModules();
  const fresh = await import('../src/js/bundle/bundle-cache.ts');
  const { text } = await fresh.findBundle(file, cache);
  expect(text).toContain('intact');
});

it('a small daemon is a small bundle, the same each time, and imports nothing', async () => {
  const file = write('small.ts', daemon('small'));
  const [one, other] = [await bundleScript(file), await bundleScript(file)];
  expect(one.text).toBe(other.text);
  expect(one.text.length).toBeLessThan(60_000);
  expect(one.text).not.toMatch(/\bimport\s*[{*'"]/);
});

it('source code that is wrong is told with file and line', async () => {
  const wrong = write('wrong.ts', 'const a = 1;\nconst = 2;');
  await expect(bundleScript(wrong)).rejects.toMatchObject({
    code: 'Config',
    message: expect.stringMatching(/^\/.*wrong\.ts:2: /),
  });
  const missing = write('missing.ts', "import './nowhere.ts';");
  await expect(bundleScript(missing)).rejects.toThrow(/missing\.ts:1: Could not resolve "\.\/nowhere\.ts"/);
});
