import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { addressOf } from './engines.ts';
import { makeStateDirectory } from './harness.ts';

const root = fileURLToPath(new URL('../../../../', import.meta.url));
const cli = join(root, 'packages/duende/dist/cli.js');
const readme = readFileSync(join(root, 'README.md'), 'utf8');
const state = makeStateDirectory();
/** Inside the example app, where `duende` and zod can be imported. */
const parent = join(root, 'apps/example/.readme-container');
let folder: string;

const options = () => ({
  cwd: folder,
  env: { DUENDE_STATE_DIR: state, DOCKER_HOST: addressOf('docker'), DUENDE_CONTAINER_RUNTIME: 'docker' },
});

const duende = (...args: string[]) => execa(process.execPath, [cli, ...args], options());

beforeAll(() => {
  mkdirSync(parent, { recursive: true });
  folder = mkdtempSync(join(parent, 'run-'));
  for (const [, text = '', name = ''] of readme.matchAll(/^```ts\n(\/\/ (\S+\.ts)\n.*?)^```$/gms)) {
    const [, file = ''] = /^\/\/ (\S+\.ts)/.exec(text) ?? [];
    writeFileSync(join(folder, file || name), text);
  }
});

afterAll(() => {
  rmSync(parent, { recursive: true, force: true });
  rmSync(state, { recursive: true, force: true });
});

it('the commands of the README work in the order in which they stand there', async () => {
  const block = /^## The same in a container\n+```bash\n(.*?)^```$/ms.exec(readme)?.[1] ?? '';
  const commands = block.trim().split('\n');
  expect(commands.length).toBeGreaterThanOrEqual(4);
  for (const command of commands) {
    const [program = '', ...args] = command.split(' ');
    if (args[0] === 'logs') {
      await expect
        .poll(async () => (await duende(...args)).stdout.split('\n').length, { timeout: 15_000 })
        .toBe(3);
    }
    const { stdout } = program === 'duende' ? await duende(...args) : await execa(program, args, options());
    if (program === 'docker') expect(stdout).toMatch(/duende\.local\/module.*Up .*duende-ticker/);
    if (args[0] === 'logs') expect(stdout).toMatch(/"msg":"tick"/);
  }
  expect(JSON.parse((await duende('ps', '--json')).stdout)).toEqual([]);
}, 60_000);
