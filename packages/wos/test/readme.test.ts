import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const programs = { duende: 'packages/duende/dist/cli.js', 'wos-ctl': 'packages/wos/dist/cli.js' };
const readme = readFileSync(join(root, 'README.md'), 'utf8');
const state = mkdtempSync(join(tmpdir(), 'duende-wos-readme-'));
/** Inside the example app, where `duende` can be imported. */
const parent = join(root, 'apps/example/.readme-wos');
let folder: string;

const run = (name: keyof typeof programs, ...args: string[]) =>
  execa(process.execPath, [join(root, programs[name]), ...args], {
    cwd: folder,
    env: { DUENDE_STATE_DIR: state },
  });

beforeAll(() => {
  mkdirSync(parent, { recursive: true });
  folder = mkdtempSync(join(parent, 'run-'));
  const [, daemon = ''] = /^```ts\n(\/\/ daemon\.ts\n.*?)^```$/ms.exec(readme) ?? [];
  writeFileSync(join(folder, 'daemon.ts'), daemon);
});

afterAll(async () => {
  await run('duende', 'rm', '--force', 'ticker').catch(() => undefined);
  await run('wos-ctl', 'shutdown').catch(() => undefined);
  rmSync(parent, { recursive: true, force: true });
  rmSync(state, { recursive: true, force: true });
});

test('the commands of the README work in the order in which they stand there', async () => {
  const block = /^## The same as a WebAssembly process\n+```bash\n(.*?)^```$/ms.exec(readme)?.[1] ?? '';
  const commands = block.trim().split('\n');
  expect(commands.length).toBeGreaterThanOrEqual(5);
  for (const command of commands) {
    const [program = '', ...args] = command.split(' ');
    const name = program as keyof typeof programs;
    if (args[0] === 'logs') {
      await expect
        .poll(async () => (await run(name, ...args)).stdout.split('\n').length, { timeout: 30_000 })
        .toBe(3);
    }
    const { stdout } = await run(name, ...args);
    if (args[0] === 'ps') expect(stdout).toMatch(/duende-ticker +running/);
    if (args[0] === 'status') expect(stdout).toMatch(/"state": ?"running"/);
    if (args[0] === 'logs') expect(stdout).toMatch(/"msg":"tick"/);
  }
  expect(JSON.parse((await run('duende', 'ps', '--json')).stdout)).toEqual([]);
  expect((await run('wos-ctl', 'ps')).stdout).not.toContain('duende-ticker');
});
