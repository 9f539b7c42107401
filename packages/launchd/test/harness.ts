import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AdapterHarness } from '@duende/conformance';
import { execa } from 'execa';
import { type Simulator, startSimulator } from '../../launchd-simulator/src/index.ts';
import { type Domain, LaunchdAdapter } from '../src/index.ts';

/** Which text launchctl has: that of macOS 11, 13 or 15. */
export type Style = '11' | '13' | '15';

/** The system domain is root's: a plain user's tests are of gui instead. */
export const systemDomain: Domain = process.getuid?.() === 0 ? 'system' : 'gui';

/** A state folder of a test's own. */
export const makeStateDirectory = (): string => mkdtempSync(join(tmpdir(), 'duende-launchd-test-'));

export interface LaunchdTest {
  readonly simulator: Simulator;
  readonly stateDirectory: string;
  readonly plistDirectory: string;
  readonly domain: Domain;
  adapter(): LaunchdAdapter;
  /** Where the daemon's files are. */
  folder(name: string): string;
  close(): Promise<void>;
}

/** A launchd of a test's own, and the adapter on it. */
export async function launchdTest(style: Style, domain: Domain): Promise<LaunchdTest> {
  const simulator = await startSimulator({ style, gui: domain !== 'user', privileged: domain === 'system' });
  const stateDirectory = makeStateDirectory();
  const plistDirectory = domain === 'system' ? simulator.launchDaemons : simulator.launchAgents;
  const { launchctl } = simulator;
  return {
    simulator,
    stateDirectory,
    plistDirectory,
    domain,
    adapter: () => new LaunchdAdapter({ domain, launchctl, stateDirectory, plistDirectory }),
    folder: (name) => join(stateDirectory, 'launchd', domain, name),
    close: async () => {
      await simulator.stop();
      rmSync(stateDirectory, { recursive: true, force: true });
    },
  };
}

/** Processes of this machine with the daemon's name in their environment (/proc; none on a Mac). */
function processesOf(name: string): string[] {
  if (!existsSync('/proc')) return [];
  const own = `\0DUENDE_NAME=${name}\0`;
  return readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid))
    .flatMap((pid) => {
      try {
        const mine = `\0${readFileSync(`/proc/${pid}/environ`, 'latin1')}`.includes(own);
        return mine ? [`process ${pid}`] : [];
      } catch {
        return [];
      }
    });
}

export async function leftoversOf(
  name: string,
  at: { launchctl: string; target: string; folders: readonly string[] },
): Promise<string[]> {
  const { exitCode } = await execa(at.launchctl, ['print', `${at.target}/com.duende.${name}`], {
    reject: false,
  });
  const files = [
    ...at.folders.map((folder) => join(folder, name)),
    ...at.folders.map((folder) => join(folder, `com.duende.${name}.plist`)),
  ];
  return [
    ...processesOf(name),
    ...(exitCode === 0 ? [`job com.duende.${name}`] : []),
    ...files.filter((path) => existsSync(path)).map((path) => `file ${path}`),
  ];
}

/** The launchd adapter on a simulator, for the conformance kit. */
export async function simulatorHarness(style: Style, domain: Domain): Promise<AdapterHarness & LaunchdTest> {
  const test = await launchdTest(style, domain);
  const { simulator, stateDirectory, plistDirectory } = test;
  const target = domain === 'system' ? 'system' : `${domain}/${simulator.uid}`;
  const folders = [join(stateDirectory, 'launchd', domain), plistDirectory];
  return {
    ...test,
    name: `launchd (${domain}, simulated, text of macOS ${style})`,
    environment: {
      DUENDE_STATE_DIR: stateDirectory,
      DUENDE_TEST_LAUNCHCTL: simulator.launchctl,
      DUENDE_TEST_DOMAIN: domain,
    },
    clientModule: `${new URL('client.ts', import.meta.url).href}#createAdapter`,
    create: async () => test.adapter(),
    leftovers: async (name) => await leftoversOf(name, { launchctl: simulator.launchctl, target, folders }),
    cleanup: async () => {
      const violations = simulator.violations();
      await test.close();
      if (violations.length > 0)
        throw new Error(`launchd was used wrongly: ${JSON.stringify(violations.slice(0, 5))}`);
    },
  };
}
