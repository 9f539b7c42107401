import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { commands } from '../src/cli/commands.ts';
import { useCommand } from './cli-harness.ts';

const command = useCommand();

/** Refused: this exit code, nothing on stdout, one line on stderr, and nothing half made. */
async function fails(code: number, argv: string[]): Promise<string> {
  const said = await command.run(...argv);
  expect({ argv, ...said }).toEqual({
    argv,
    code,
    stdout: '',
    stderr: expect.stringMatching(/^pepita: [^\n]+\n$/),
  });
  expect(said.stderr).not.toContain('Unexpected error');
  const daemons = join(command.folder(), 'state/pepita/daemons');
  expect(existsSync(daemons) ? readdirSync(daemons) : []).toEqual([]);
  return said.stderr.trimEnd();
}

describe('the front', () => {
  test('help and version', async () => {
    const help = await command.run('--help');
    expect(help.code).toBe(0);
    for (const { name, summary } of commands)
      expect(help.stdout).toContain(`  ${name.padEnd(8)}  ${summary}`);
    expect(await command.run()).toEqual({ code: 2, stdout: '', stderr: help.stdout });
    expect((await command.run('--version')).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  test.each(commands.map(({ name }) => name))('%s --help has every option and an example', async (name) => {
    const { code, stdout } = await command.run(name, '--help');
    const { options, examples, summary } = await (
      commands.find((entry) => entry.name === name) as (typeof commands)[number]
    ).load();
    expect(code).toBe(0);
    expect(stdout).toContain(summary);
    for (const option of options) expect(stdout).toContain(`--${option.name}`);
    for (const line of examples) expect(stdout).toContain(line);
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(120);
    expect(await command.run('help', name)).toEqual({ code: 0, stdout, stderr: '' });
  });

  test('the summaries of both tables are the same', async () => {
    for (const { name, summary, load } of commands) expect(await load()).toMatchObject({ name, summary });
  });
});

describe('bad input', () => {
  test.each<[number, string[], RegExp]>([
    [2, ['frobnicate'], /There is no command "frobnicate"\. See pepita --help/],
    [2, ['--frob'], /Unexpected "--frob" before the command/],
    [2, ['statsu', 'web'], /There is no command "statsu"\. Did you mean status\?/],
    [2, ['status', '../etc'], /--name: expected 1 to 63 letters/],
    [2, ['status', 'a\nb'], /--name: expected 1 to 63/],
    [3, ['status', 'web'], /There is no VM "web"\. List them with: pepita list/],
    [3, ['status', '--name', 'duende-vm-web', '--json'], /There is no VM "duende-vm-web"/],
    [3, ['signal', '--name', 'web', '--signal', '15'], /There is no VM/],
    [3, ['logs', 'web', '-f'], /There is no VM/],
    [3, ['pause', 'web'], /There is no VM/],
    [3, ['resume', 'web'], /There is no VM/],
    [3, ['destroy', '--name', 'web', '--force'], /There is no VM/],
    [3, ['destroy', '--name', 'duende-vm-web', '--force'], /There is no VM/],
    [3, ['exec', 'web', '--', 'ls'], /There is no VM/],
    [3, ['snapshot', 'web', '-o', 'x'], /There is no VM/],
    [2, ['exec', 'web'], /exec needs a program: -- CMD ARG/],
    [2, ['list', '--format', 'xml'], /--format: expected one of name, json, table/],
    [2, ['run', '--json', '--', 'ls'], /--json goes with --daemon/],
    [2, ['run', '--name', 'a/b', '--', 'ls'], /name: expected 1 to 63/],
    [
      2,
      ['run', '--publish', '80', '--network', 'none', '--', 'ls'],
      /platform\.pepita\.ports: a guest without a network/,
    ],
    [2, ['run', '--snapshot', 'nothing'], /There is no snapshot in .*\/nothing/],
    [2, ['run', '--snapshot', 'x', '--memory', '1G'], /--memory does not go with --snapshot/],
    [2, ['run', '--snapshot', 'x', '--', 'ls'], /A program does not go with --snapshot/],
    [2, ['setup', '--kernel', 'nothing'], /kernel: .*\/nothing is not there/],
  ])('%#', async (code, argv, line) => {
    expect(await fails(code, argv)).toMatch(line);
  });

  test('what is no kernel', async () => {
    writeFileSync(join(command.folder(), 'text'), 'hello');
    expect(await fails(2, ['setup', '--kernel', 'text'])).toMatch(
      /is no Linux kernel \(neither vmlinux nor bzImage\)/,
    );
  });

  test('a state folder that cannot be', async () => {
    writeFileSync(join(command.folder(), 'state'), '');
    const { code, stdout } = await command.run('doctor');
    expect(code).toBe(1);
    expect(stdout).toMatch(/FAIL State folder: .*state is no folder\n {5}Give another one \(--state-dir/);
  });

  test('--verbose adds where it came from', async () => {
    const { stderr } = await command.run('status', 'web', '--verbose');
    expect(stderr).toMatch(
      /^pepita: There is no VM "web".*\n {2}code=StatusFailed reason=not-found operation=find\n$/,
    );
  });
});

describe('without VMs', () => {
  test('list is empty', async () => {
    expect((await command.run('list', '--format', 'json')).stdout).toBe('[]\n');
    expect((await command.run('list', '--format', 'name')).stdout).toBe('');
    expect((await command.run('list')).stdout).toMatch(/^VM +NAME [^\n]*\n$/);
  });

  test('--state-dir is where it looks', async () => {
    const { stdout } = await command.run('doctor', '--state-dir', 'other', '--json', '--accel', 'tcg');
    const report = JSON.parse(stdout) as { stateDirectory: string; checks: { title: string }[] };
    expect(report.stateDirectory).toBe(join(command.folder(), 'other'));
    expect(report.checks.map(({ title }) => title)).toEqual(
      expect.arrayContaining(['State folder', 'Disk', 'Memory', 'vsock']),
    );
  });

  test('doctor tells of a VM whose state is gone, and destroy --force removes it', async () => {
    const folder = join(command.folder(), 'state/pepita/vms/duende-vm-gone');
    mkdirSync(folder, { recursive: true });
    const { stdout } = await command.run('doctor', '--accel', 'tcg');
    expect(stdout).toMatch(
      /Leftovers: a VM whose state is gone: duende-vm-gone\n {5}pepita destroy --name duende-vm-gone --force/,
    );
    expect(await command.run('destroy', '--name', 'duende-vm-gone', '--force')).toMatchObject({
      code: 0,
      stderr: '',
    });
    expect(existsSync(folder)).toBe(false);
  });
});
