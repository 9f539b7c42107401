import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type AdapterHarness, hostProbe, type ProbeProvider } from '@duende/conformance';
import type { DaemonHandle } from '@duende/core';
import { ContainerAdapter, type Runtime } from '../../src/index.ts';
import { selectEngine } from '../../src/select-engine.ts';
import { addressOf, killAndRestartEngine } from './engines.ts';

/** Where overlay file systems work, unlike in some temporary folders. */
const parent = '/var/tmp';

export const makeStateDirectory = (): string => mkdtempSync(join(parent, 'duende-container-test-'));

const read = (path: string): string => {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
};

const list = (path: string): string[] => {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
};

const pids = (): string[] => list('/proc').filter((pid) => /^\d+$/.test(pid));

/** The probe in an image made here; its files are mounted where they are on this machine. */
function mountedProbe(): ProbeProvider {
  const inner = hostProbe({ folder: parent });
  return {
    ...inner,
    title: `${inner.title}, in an image made here`,
    async program(commands) {
      const { program, args } = await inner.program(commands);
      const source = dirname(program);
      return { program, args, platform: { container: { mounts: [{ source }] } } };
    },
  };
}

/** Processes whose environment names the daemon, wherever they are. */
function processesOf(name: string): string[] {
  const own = `\0DUENDE_NAME=${name}\0`;
  return pids()
    .filter((pid) => `\0${read(`/proc/${pid}/environ`)}`.includes(own))
    .map((pid) => `process ${pid}: ${read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ')}`);
}

/** Folders of the state whose spec has the name. */
function foldersOf(base: string, name: string): string[] {
  return list(base)
    .filter((key) => read(join(base, key, 'spec.json')).includes(`"name":"${name}"`))
    .map((key) => `folder ${join(base, key)}`);
}

/** Whether the process that has this PID in the container runs. */
function isAlive(containerId: string, pid: number): boolean {
  return pids().some((outer) => {
    if (!read(`/proc/${outer}/cgroup`).includes(containerId)) return false;
    const status = read(`/proc/${outer}/status`);
    return /^State:\s*[^ZX]/m.test(status) && new RegExp(`^NSpid:.*\\t${pid}$`, 'm').test(status);
  });
}

/** The container adapter on one engine, on a state folder of its own, for the conformance kit. */
export function containerHarness(runtime: Runtime): AdapterHarness & { stateDirectory: string } {
  const stateDirectory = makeStateDirectory();
  const host = addressOf(runtime);
  const base = join(stateDirectory, 'container', runtime);
  return {
    name: `container (${runtime})`,
    stateDirectory,
    environment: { DUENDE_STATE_DIR: stateDirectory, DUENDE_TEST_RUNTIME: runtime, DUENDE_TEST_HOST: host },
    clientModule: `${new URL('client.ts', import.meta.url).href}#createAdapter`,
    create: async () => new ContainerAdapter({ runtime, host, stateDirectory }),
    managerIsShared: true,
    killManager: async () => {
      await killAndRestartEngine(runtime);
    },
    isAlive: async ({ data }: DaemonHandle, pid: number) =>
      data.kind === 'container' && isAlive(data.containerId, pid),
    leftovers: async (name: string) => {
      const engine = await selectEngine({ runtime, host });
      const containers = await engine.list({ 'dev.duende.name': name, 'dev.duende.state': base });
      engine.close();
      return [
        ...containers.map(({ id, state }) => `container ${id} (${state})`),
        ...processesOf(name),
        ...foldersOf(base, name),
      ];
    },
    probe: mountedProbe(),
    cleanup: async () => rmSync(stateDirectory, { recursive: true, force: true }),
  };
}
