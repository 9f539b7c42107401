import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { type Cli, cli as cliFile, finished, useCli } from './cli.ts';

const cli = useCli();
const asker = fileURLToPath(new URL('./complete.bash', import.meta.url));

/** What a real bash offers after these words, the last of which is being typed. */
async function complete(duende: Cli, words: readonly string[]): Promise<string[]> {
  const script = join(duende.folder, 'completion.bash');
  writeFileSync(script, await duende.ok(['completion', 'bash']));
  const folder = join(duende.folder, 'bin');
  mkdirSync(folder, { recursive: true });
  const program = join(folder, 'duende');
  writeFileSync(program, `#!/bin/sh\nexec '${process.execPath}' '${cliFile}' "$@"\n`);
  chmodSync(program, 0o755);
  const child = spawn('bash', ['--norc', '-u', asker, script, ...words], {
    cwd: duende.folder,
    env: { PATH: `${folder}:${process.env.PATH}`, DUENDE_STATE_DIR: duende.state, DUENDE_PLATFORM: 'native' },
  });
  const { code, stdout, stderr } = await finished(child);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout
    .split('\n')
    .filter((word) => word !== '')
    .toSorted();
}

describe('bash completion', () => {
  test.each<[string[], string[]]>([
    [
      ['duende', 'st'],
      ['stats', 'status', 'stop'],
    ],
    [['duende', 'spawn', '--me'], ['--memory']],
    [['duende', 'spawn', '--platform', 'na'], ['native']],
    [['duende', 'spawn', '-p', 'n'], ['native']],
    [['duende', 'spawn', '--name', ''], []],
    [['duende', 'ps', '--runtime', 'p'], ['podman']],
    [
      ['duende', 'spawn', '--pull', ''],
      ['always', 'missing', 'never'],
    ],
    [['duende', 'spawn', '--network', 'ho'], ['host']],
    [['duende', 'spawn', '--restart', 'un'], ['unless-stopped']],
    [
      ['duende', 'signal', 'web', 'US'],
      ['USR1', 'USR2'],
    ],
    [['duende', 'signal', '--platform', 'native', 'web', 'ST'], ['STOP']],
    [
      ['duende', 'completion', ''],
      ['bash', 'fish', 'zsh'],
    ],
    [
      ['duende', 'spawn', '--name', 'x', '--', 'tru'],
      ['true', 'truncate'],
    ],
    [['duende', 'status', 'web', ''], []],
  ])('%j', async (words, expected) => {
    const duende = cli();
    expect([...new Set(await complete(duende, words))]).toEqual(expected);
  });

  test('names of daemons, and files', async () => {
    const duende = cli();
    for (const name of ['web', 'worker', 'api'])
      await duende.ok(['spawn', '--name', name, '--', 'sleep', '1000']);
    expect(await complete(duende, ['duende', 'status', ''])).toEqual(['api', 'web', 'worker']);
    expect(await complete(duende, ['duende', 'logs', '-f', 'w'])).toEqual(['web', 'worker']);
    writeFileSync(join(duende.folder, 'daemon.ts'), '');
    mkdirSync(join(duende.folder, 'dark'));
    symlinkSync('dark', join(duende.folder, 'dart'));
    expect(await complete(duende, ['duende', 'spawn', '--module', 'da'])).toEqual([
      'daemon.ts',
      'dark',
      'dart',
    ]);
    expect(await complete(duende, ['duende', 'spawn', '--cwd', 'da'])).toEqual(['dark', 'dart']);
  });

  test.each(['bash', 'zsh', 'fish'])('%s knows every command', async (shell) => {
    const { script } = await cli().json<{ script: string }>(['completion', shell]);
    for (const name of ['spawn', 'status', 'trace', 'uninstall']) expect(script).toContain(name);
    for (const name of ['runtime', 'publish', 'containerd']) expect(script).toContain(name);
    expect(script).not.toContain('undefined');
  });
});
