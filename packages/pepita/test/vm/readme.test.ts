import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../../../', import.meta.url));
const programs = { duende: 'packages/duende/dist/cli.js', pepita: 'packages/pepita/dist/cli.js' };
const readme = readFileSync(join(root, 'README.md'), 'utf8');
const state = mkdtempSync(join(tmpdir(), 'duende-pepita-readme-'));
/** Inside the example app, where `duende` can be imported. */
const parent = join(root, 'apps/example/.readme-pepita');
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
  for (const name of ['ticker', 'traced']) await run('duende', 'rm', '--force', name).catch(() => undefined);
  rmSync(parent, { recursive: true, force: true });
  rmSync(state, { recursive: true, force: true });
});

test('the commands of the README work in the order in which they stand there', async () => {
  const block = /^## The same in a virtual machine\n+```bash\n(.*?)^```$/ms.exec(readme)?.[1] ?? '';
  const commands = block.trim().split('\n');
  expect(commands.length).toBeGreaterThanOrEqual(6);
  for (const command of commands) {
    const [program = '', ...args] = command.split(' ');
    const name = program as keyof typeof programs;
    if (args[0] === 'logs') {
      await expect
        .poll(async () => (await run(name, ...args)).stdout.split('\n').length, { timeout: 30_000 })
        .toBe(3);
    }
    const { stdout } = await run(name, ...args);
    if (args[0] === 'list') expect(stdout).toBe('duende-vm-ticker');
    if (args[0] === 'status') expect(stdout).toContain('"state": "running"');
    if (args[0] === 'logs') expect(stdout).toMatch(/"msg":"tick"/);
  }
  expect(JSON.parse((await run('duende', 'ps', '--json')).stdout)).toEqual([]);
});

test('duende traces a program in a guest with the built packages', async () => {
  await run('duende', 'spawn', '--platform', 'pepita', '--name', 'traced', '--', 'sleep', '1000');
  const { stdout } = await run('duende', 'trace', 'traced', '--duration', '1s', '--json');
  expect(stdout).toMatch(/nanosleep|restart_syscall/);
  await run('duende', 'rm', '--force', 'traced');
});
