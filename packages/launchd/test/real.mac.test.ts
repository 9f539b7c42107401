import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describeConformance } from '@duende/conformance/vitest';
import { expect, test } from 'vitest';
import { LaunchdAdapter } from '../src/index.ts';
import { installDirectory } from '../src/plist-file.ts';
import { makeStateDirectory } from './harness.ts';
import { realDomain, realHarness } from './real.ts';

// On a Mac only: vitest.config.ts. Nobody has run this yet but CI can; see docs/launchd.md.
test('install, verified by launchd, and uninstall', async () => {
  const stateDirectory = makeStateDirectory();
  const adapter = new LaunchdAdapter({ domain: realDomain, stateDirectory });
  const name = `ci-${process.pid}`;
  const plist = join(installDirectory(realDomain), `com.duende.${name}.plist`);
  const handle = await adapter.install({
    name,
    program: '/bin/sleep',
    args: ['1000'],
    restart: 'unless-stopped',
  });
  try {
    expect((await adapter.status(handle)).state).toBe('running');
    expect(existsSync(plist)).toBe(true);
    expect(await adapter.problems()).toEqual([]);
  } finally {
    await adapter.uninstall(name);
  }
  expect(existsSync(plist)).toBe(false);
  rmSync(stateDirectory, { recursive: true, force: true });
});

await describeConformance(realHarness(), { ruledOut: 'omit' });
