import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AdapterHarness } from '@duende/conformance';
import type { DaemonHandle } from '@duende/core';
import { readStatePage, type StatePage } from '@duende/program';
import { NativeAdapter, type NativeAdapterOptions } from '../src/index.ts';

/** A state folder of a test's own; remove it with `rmSync`. */
export function makeStateDirectory(): string {
  return mkdtempSync(join(tmpdir(), 'duende-native-test-'));
}

/** The state page of a daemon that must be there. */
export function pageOf(stateDirectory: string, name: string): StatePage {
  const page = readStatePage(join(stateDirectory, 'native', name, 'state'));
  if (page === 'missing' || page === 'damaged') throw new Error(`the state of ${name} is ${page}`);
  return page;
}

function read(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}

function list(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

/** Processes of a daemon: its own by the id in their environment, its supervisors by their folder. */
function processesOf(name: string, stateDirectory: string): string[] {
  const own = `\0DUENDE_NAME=${name}\0`;
  return list('/proc')
    .filter((pid) => /^\d+$/.test(pid))
    .flatMap((pid) => {
      const mine = `\0${read(`/proc/${pid}/environ`)}`.includes(own);
      const keeps = linkOf(`/proc/${pid}/cwd`).startsWith(join(stateDirectory, 'native', name));
      return mine || keeps ? [`process ${pid}: ${read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ')}`] : [];
    });
}

function cgroupsOf(name: string): string[] {
  const mounts = list('/sys/fs/cgroup').map((entry) => `/sys/fs/cgroup/${entry}/duende`);
  return ['/sys/fs/cgroup/duende', ...mounts].flatMap((folder) =>
    list(folder)
      .filter((entry) => entry.startsWith(`${name}-`) && entry.length === name.length + 9)
      .map((entry) => `control group ${folder}/${entry}`),
  );
}

function filesOf(name: string, stateDirectory: string): string[] {
  const base = join(stateDirectory, 'native');
  return list(base)
    .filter((entry) => entry === name)
    .map((entry) => `file ${join(base, entry)}`);
}

/** The native adapter on a state folder of its own, for the conformance kit. */
export function nativeHarness(
  options: NativeAdapterOptions = {},
): AdapterHarness & { stateDirectory: string } {
  const stateDirectory = makeStateDirectory();
  const kind = options.supervisor ?? 'prebuilt';
  return {
    name: `native (${kind})`,
    stateDirectory,
    environment: { DUENDE_STATE_DIR: stateDirectory, DUENDE_NATIVE_SUPERVISOR: kind },
    clientModule: `${new URL('client.ts', import.meta.url).href}#createAdapter`,
    create: async () => new NativeAdapter({ ...options, stateDirectory }),
    killManager: async (handle: DaemonHandle) => {
      process.kill(pageOf(stateDirectory, handle.name).supervisor.pid, 'SIGKILL');
    },
    leftovers: async (name: string) => [
      ...processesOf(name, stateDirectory),
      ...filesOf(name, stateDirectory),
      ...cgroupsOf(name),
    ],
    cleanup: async () => rmSync(stateDirectory, { recursive: true, force: true }),
  };
}
