import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { packageFolder } from '../src/probe/provider.ts';

const cli = join(packageFolder(), 'src', 'cli.ts');
const reference = join(packageFolder(), 'test', 'reference', 'harness.ts');
let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'conformance-cli-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function start(args: string[]) {
  const child = spawn(process.execPath, [cli, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, TMPDIR: folder },
  });
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const)
    child[name].setEncoding('utf8').on('data', (chunk: string) => {
      output[name] += chunk;
    });
  const closed = once(child, 'close').then(([code, signal]) => ({ code, signal, ...output }));
  return { child, output, closed };
}

const run = (...args: string[]) => start(args).closed;

describe('duende-conformance', () => {
  test('exits 0 when nothing failed, with a line for each clause', async () => {
    const { code, stdout } = await run(
      '--harness',
      reference,
      '--only',
      'status.exit-zero',
      '--only',
      'module.runs',
    );
    expect(code).toBe(0);
    expect(stdout).toMatch(/^ok {3}status\.exit-zero \(8\) \d+ ms$/m);
    expect(stdout).toMatch(/^skip module\.runs \(1\) \d+ ms: module daemons: .+$/m);
    expect(stdout).toMatch(/0 failed, 1 skipped in/);
  });

  test('prints one JSON document with --json', async () => {
    const { stdout } = await run('--harness', reference, '--only', 'status.exit-three', '--json');
    expect(JSON.parse(stdout)).toMatchObject({
      passed: 1,
      results: [{ id: 'status.exit-three', outcome: 'pass', contract: 8 }],
    });
  });

  test('exits 1 when a clause failed', async () => {
    const file = join(folder, 'broken.ts');
    const base = JSON.stringify(join(packageFolder(), 'test', 'reference'));
    await writeFile(
      file,
      `const { createReferenceHarness } = await import(${base} + '/harness.ts');
      const { ReferenceAdapter } = await import(${base} + '/adapter.ts');
      class Broken extends ReferenceAdapter { async list() { return []; } }
      export default () => createReferenceHarness({ createAdapter: (world) => new Broken(world) });\n`,
    );
    const { code, stdout } = await run('--harness', file, '--only', 'handle.list-and-find-give-it');
    expect(stdout).toMatch(/^FAIL handle\.list-and-find-give-it \(15\) \d+ ms: list\(\): expected/m);
    expect(code).toBe(1);
  });

  test('exits 2 on wrong usage, with one line that says why', async () => {
    for (const args of [
      [],
      ['--only', 'nothing'],
      ['--no-such-option'],
      ['--harness', join(folder, 'none.ts')],
    ]) {
      const { code, stdout, stderr } = await run(...args);
      expect([args, code, stdout]).toEqual([args, 2, '']);
      expect(stderr).toMatch(/^duende-conformance: .+\nRun duende-conformance --help/);
    }
  });

  test('lists the clauses, and has help', async () => {
    expect((await run('--list', '--only', '9')).stdout).toMatch(/^9\twait\.one-waiter-within-100-ms\t/);
    expect((await run('--help')).stdout).toContain('Example:');
  });

  test('cleans up on SIGINT, and then ends by it', async () => {
    const { child, output, closed } = start(['--harness', reference, '--only', 'restart']);
    await expect.poll(() => output.stdout, { timeout: 10_000 }).toContain('ok ');
    child.kill('SIGINT');
    const { signal } = await closed;
    expect(signal).toBe('SIGINT');
    // The probe's files and the reference's socket were in TMPDIR.
    expect(readdirSync(folder).filter((name) => name.startsWith('duende-'))).toEqual([]);
  });
});
