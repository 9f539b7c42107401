import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { AdapterHarness } from '@duende/conformance';
import { type Domain, LaunchdAdapter } from '../src/index.ts';
import { installDirectory } from '../src/plist-file.ts';
import { leftoversOf, makeStateDirectory } from './harness.ts';

/** The domain under test: CI runs gui and user as the runner's user, and system as root. */
export const realDomain = (process.env.DUENDE_LAUNCHD_DOMAIN ??
  (process.getuid?.() === 0 ? 'system' : 'gui')) as Domain;

/** Processes with the daemon's name in their environment, as far as ps(1) of macOS shows it. */
function processesOf(name: string): string[] {
  const text = execFileSync('ps', ['-axEww', '-o', 'pid=,command='], {
    encoding: 'latin1',
    maxBuffer: 64 << 20,
  });
  return text
    .split('\n')
    .filter((line) => line.includes(` DUENDE_NAME=${name} `))
    .map((line) => `process ${line.slice(0, 80)}`);
}

/** The launchd adapter on this Mac's own launchd, for the conformance kit. */
export function realHarness(): AdapterHarness & { stateDirectory: string } {
  const stateDirectory = makeStateDirectory();
  const target = realDomain === 'system' ? 'system' : `${realDomain}/${process.getuid?.()}`;
  const folders = [join(stateDirectory, 'launchd', realDomain), installDirectory(realDomain)];
  return {
    name: `launchd (${realDomain})`,
    stateDirectory,
    environment: { DUENDE_STATE_DIR: stateDirectory, DUENDE_TEST_DOMAIN: realDomain },
    clientModule: `${new URL('client.ts', import.meta.url).href}#createAdapter`,
    create: async () => new LaunchdAdapter({ domain: realDomain, stateDirectory }),
    leftovers: async (name) => [
      ...processesOf(name),
      ...(await leftoversOf(name, { launchctl: '/bin/launchctl', target, folders })),
    ],
    cleanup: async () => rmSync(stateDirectory, { recursive: true, force: true }),
  };
}
