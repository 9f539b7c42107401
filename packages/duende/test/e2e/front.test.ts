import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { commands } from '../../src/cli-commands.ts';
import { useCli } from './cli.ts';

const cli = useCli();
const names = commands.map(({ name }) => name);

describe('help', () => {
  test('the overview has every command, and neither up nor down', async () => {
    const text = await cli().ok(['--help']);
    for (const name of names) expect(text).toMatch(new RegExp(`^  ${name} `, 'm'));
    expect(text).not.toMatch(/^ {2}(up|down) /m);
    expect(await cli().ok(['help'])).toBe(text);
    expect(await cli().run([])).toMatchObject({ code: 2, stdout: '', stderr: text });
  });

  test.each(names)('%s --help has an example and the common options', async (name) => {
    const text = await cli().ok([name, '--help']);
    expect(text).toMatch(new RegExp(`^Examples?:\\n  duende ${name}( |$)`, 'm'));
    expect(text).toContain('--json');
    for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(110);
    expect(await cli().ok(['help', name])).toBe(text);
    expect(await cli().json([name, '--help'])).toMatchObject({ name });
  });

  test('--version', async () => {
    const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
    expect(await cli().ok(['--version'])).toBe(`${version}\n`);
    expect(await cli().json(['--version'])).toEqual({ version });
  });
});

describe('doctor', () => {
  test('reports as JSON and in words; exit code by the detected platform', async () => {
    const { code, stdout, stderr } = await cli().run(['doctor', '--json']);
    expect(stderr).toBe('');
    const report = JSON.parse(stdout);
    expect(report.platforms.map(({ platform }: { platform: string }) => platform)).toEqual([
      'native',
      'linux',
      'macos',
      'container',
      'pepita',
      'wos',
    ]);
    const rows = new Map(report.platforms.map((row: { platform: string }) => [row.platform, row]));
    expect(rows.get('native')).toMatchObject({ installed: true, available: true, package: '@duende/native' });
    expect(rows.get('wos')).toMatchObject({ installed: true, available: true, package: '@duende/wos' });
    const detected = rows.get(report.detected.platform) as { available: boolean };
    expect(code).toBe(detected.available ? 0 : 1);
    expect(report.stateFolder).toMatchObject({ ok: true, exists: false });

    const text = (await cli().run(['doctor'])).stdout;
    expect(text).toMatch(/^ok {3}Node /m);
    expect(text).toMatch(/^native +@duende\/native +yes +yes +\S/m);
    expect(text).toMatch(/^wos +@duende\/wos +yes +yes +\S/m);
    expect(text).toMatch(/trace:/);
  });
});
