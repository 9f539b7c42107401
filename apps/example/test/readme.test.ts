import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const app = fileURLToPath(new URL('../', import.meta.url));
let folder: string;
let stateDirectory: string;
let blocks: { language: string; text: string }[];

/** Inside the app, where `duende` and zod can be imported. */
beforeAll(async () => {
  await mkdir(join(app, '.readme'), { recursive: true });
  folder = await mkdtemp(join(app, '.readme', 'run-'));
  stateDirectory = await mkdtemp(join(tmpdir(), 'duende-readme-'));
  const readme = await readFile(join(root, 'README.md'), 'utf8');
  blocks = [...readme.matchAll(/^```(\w+)\n(.*?)^```$/gms)].map(([, language = '', text = '']) => ({
    language,
    text,
  }));
  for (const { language, text } of blocks) {
    const name = /^\/\/ (\S+\.ts)$/m.exec(text)?.[1];
    if (language === 'ts' && name) await writeFile(join(folder, name), text);
  }
});

afterAll(async () => {
  await rm(join(app, '.readme'), { recursive: true, force: true });
  await rm(stateDirectory, { recursive: true, force: true });
});

const options = () => ({
  cwd: folder,
  preferLocal: true,
  localDir: root,
  env: { DUENDE_STATE_DIR: stateDirectory },
});

test('the TypeScript examples compile', async () => {
  const config = {
    extends: '../../../../tsconfig.base.json',
    compilerOptions: { noEmit: true },
    include: ['*.ts'],
  };
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(config));
  const { exitCode, stdout } = await execa('tsc', ['-p', folder], { ...options(), reject: false });
  expect(stdout).toBe('');
  expect(exitCode).toBe(0);
});

test('the program example does what its comments say', async () => {
  const { stdout } = await execa(process.execPath, ['run.ts'], options());
  expect(stdout).toMatch(/^running\n/);
  expect(stdout).toMatch(/state: 'stopped'/);
  expect(stdout).toMatch(/SIGTERM/);
});

test('the commands work in the order in which they stand there', async () => {
  const commands = blocks
    .filter(({ language }) => language === 'sh')
    .flatMap(({ text }) => text.trim().split('\n'));
  const cli = fileURLToPath(new URL('../../../packages/duende/dist/cli.js', import.meta.url));
  expect(commands.length).toBeGreaterThanOrEqual(5);
  const outputs: string[] = [];
  for (const command of commands) {
    const [program, ...args] = command.split(' ');
    expect(program).toBe('duende');
    // The log has lines once the module has been loaded.
    if (args[0] === 'logs') await untilLogged(cli, args[1] as string);
    const { stdout } = await execa(process.execPath, [cli, ...args], options());
    outputs.push(stdout);
  }
  expect(outputs.join('\n')).toMatch(/running/);
  expect(outputs.join('\n')).toMatch(/"msg":"tick"/);
  const { stdout } = await execa(process.execPath, [cli, 'ps', '--json'], options());
  expect(JSON.parse(stdout)).toEqual([]);
});

async function untilLogged(cli: string, name: string): Promise<void> {
  for (let round = 0; round < 100; round += 1) {
    const { stdout } = await execa(process.execPath, [cli, 'logs', name], options());
    if (stdout.split('\n').length >= 3) return;
  }
  throw new Error(`${name} has logged nothing`);
}
