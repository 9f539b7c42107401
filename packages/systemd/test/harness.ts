import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AdapterHarness } from '@duende/conformance';
import { execa } from 'execa';
import { SystemdAdapter } from '../src/index.ts';
import { runtimeDirectory } from '../src/scope.ts';
import { unitNameOf } from '../src/unit-name.ts';
import { testScope } from './scope.ts';

/** A state folder of a test's own; remove it with `rmSync`. */
export const makeStateDirectory = (): string => mkdtempSync(join(tmpdir(), 'duende-systemd-test-'));

/** systemctl(1) of the scope under test: a second opinion about what the adapter says. */
export async function systemctl(...args: string[]): Promise<string> {
  const options = { reject: false } as const;
  const { stdout } = await execa(
    'systemctl',
    [...(testScope === 'user' ? ['--user'] : []), ...args],
    options,
  );
  return stdout;
}

function list(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

function processesOf(name: string): string[] {
  const own = `\0DUENDE_NAME=${name}\0`;
  return list('/proc')
    .filter((pid) => /^\d+$/.test(pid))
    .flatMap((pid) => {
      try {
        const mine = `\0${readFileSync(`/proc/${pid}/environ`, 'latin1')}`.includes(own);
        return mine
          ? [`process ${pid}: ${readFileSync(`/proc/${pid}/cmdline`, 'latin1').replaceAll('\0', ' ')}`]
          : [];
      } catch {
        return [];
      }
    });
}

/** Transient unit files and drop-ins. */
function unitFilesOf(name: string): string[] {
  const base = testScope === 'system' ? '/run/systemd' : join(runtimeDirectory(), 'systemd');
  const unit = unitNameOf(name);
  return ['transient', 'system', 'user'].flatMap((folder) =>
    list(join(base, folder))
      .filter((entry) => entry === unit || entry === `${unit}.d`)
      .map((entry) => `file ${join(base, folder, entry)}`),
  );
}

async function leftoversOf(name: string, stateDirectory: string): Promise<string[]> {
  const unit = unitNameOf(name);
  const loaded = await systemctl('list-units', '--all', '--plain', '--no-legend', unit);
  const folder = join(stateDirectory, 'systemd', testScope);
  return [
    ...processesOf(name),
    ...(loaded.includes(unit) ? [`unit ${loaded}`] : []),
    ...unitFilesOf(name),
    ...list(folder)
      .filter((entry) => entry === name)
      .map((entry) => `folder ${join(folder, entry)}`),
  ];
}

/** The systemd adapter in one scope on a state folder of its own, for the conformance kit. */
export function systemdHarness(): AdapterHarness & { stateDirectory: string } {
  const stateDirectory = makeStateDirectory();
  return {
    name: `systemd (${testScope})`,
    stateDirectory,
    environment: { DUENDE_STATE_DIR: stateDirectory, DUENDE_SYSTEMD_SCOPE: testScope },
    clientModule: `${new URL('client.ts', import.meta.url).href}#createAdapter`,
    create: async () => new SystemdAdapter({ scope: testScope, stateDirectory }),
    // Nobody can kill PID 1; being replaced at any moment is what a manager does to its clients.
    killManager: async () => {
      await systemctl('daemon-reexec');
    },
    leftovers: async (name: string) => await leftoversOf(name, stateDirectory),
    cleanup: async () => rmSync(stateDirectory, { recursive: true, force: true }),
  };
}
