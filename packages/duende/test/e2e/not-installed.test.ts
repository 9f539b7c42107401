import { expect, test } from 'vitest';
import { useCli } from './cli.ts';
import { withoutPackage } from './without-package.ts';

const cli = useCli(withoutPackage('wos'));

test('a spawn says what to install, and makes nothing', async () => {
  const argv = ['spawn', '--name', 'web', '--platform', 'wos', '--', 'sleep', '60'];
  expect(await cli().fails(69, argv)).toContain('npm install @duende/wos');
  expect(await cli().fails(69, ['ps', '-p', 'wos'])).toContain('@duende/wos');
  expect(await cli().json(['ps'])).toEqual([]);
});

test('doctor says it, and how to get it; the other platforms are there', async () => {
  const report = JSON.parse((await cli().run(['doctor', '--json'])).stdout);
  const rows = new Map(report.platforms.map((row: { platform: string }) => [row.platform, row]));
  expect(rows.get('wos')).toMatchObject({
    installed: false,
    available: false,
    fix: 'Install it: npm install @duende/wos',
  });
  expect(rows.get('native')).toMatchObject({ installed: true, available: true });
  expect((await cli().run(['doctor'])).stdout).toMatch(/^wos +@duende\/wos +no +no +-$/m);
});
