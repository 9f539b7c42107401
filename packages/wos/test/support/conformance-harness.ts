import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type AdapterHarness, hostProbe, type ProbeProvider } from '@duende/conformance';
import type { DaemonHandle } from '@duende/core';
import { WosAdapter } from '../../src/adapter/index.ts';
import { WosClient } from '../../src/protocol/index.ts';
import { WosPaths } from '../../src/wosd/paths.ts';
import { program } from './programs.ts';

/** The probe as a module. It may read the folder of the kit's files, at the same path, and its root is an empty one. */
function wasiProbe(): ProbeProvider {
  const inner = hostProbe();
  let folders: Promise<{ files: string; root: string }> | undefined;
  const makeFolders = async () => {
    const root = await inner.directory('root');
    return { root, files: dirname(dirname(root)) };
  };
  return {
    ...inner,
    title: 'probe.c for WASI',
    async program(commands) {
      folders ??= makeFolders();
      const { files, root } = await folders;
      const preopens = [{ host: root, guest: '/' }, { host: files }];
      const forks = commands.some((command) => command === 'fork' || command === 'processes');
      const capabilities = ['net:listen=*', ...(forks ? ['spawn'] : [])];
      return {
        program: program('probe'),
        args: [...commands],
        platform: { wos: { preopens, capabilities } },
      };
    },
  };
}

const read = (path: string): string => {
  try {
    return readFileSync(path, 'utf8');
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

/** Folders with a record that has the name. */
function foldersOf(base: string, name: string): string[] {
  return list(base)
    .filter((home) => read(join(base, home, 'record.json')).includes(`"name":"${name}"`))
    .map((home) => `folder ${join(base, home)}`);
}

/** The WOS adapter on a state folder of its own, for the conformance kit. */
export function wosHarness(): AdapterHarness {
  const stateDirectory = mkdtempSync(join(tmpdir(), 'duende-wos-kit-'));
  const paths = new WosPaths(stateDirectory);
  const withKernel = async <T>(ask: (client: WosClient) => Promise<T>, without: T): Promise<T> => {
    const client = await WosClient.connect(paths.base).catch(() => undefined);
    if (client === undefined) return without;
    try {
      return await ask(client);
    } finally {
      client.close();
    }
  };
  const processes = () => withKernel((client) => client.request('list', {}), []);
  return {
    name: 'wos',
    environment: { DUENDE_STATE_DIR: stateDirectory },
    clientModule: `${new URL('conformance-client.ts', import.meta.url).href}#createAdapter`,
    create: async () => new WosAdapter({ stateDirectory }),
    isAlive: async (_: DaemonHandle, pid: number) =>
      (await processes()).some((process) => process.pid === pid && process.state !== 'ended'),
    leftovers: async (name: string) => [
      ...(await processes())
        .filter((process) => process.name === `duende-${name}`)
        .map(({ pid }) => `process ${pid}`),
      ...foldersOf(paths.daemons, name),
      ...foldersOf(paths.processes, `duende-${name}`),
    ],
    probe: wasiProbe(),
    cleanup: async () => {
      await withKernel(
        async (client) => void (await client.request('shutdown', { timeout: 100 })),
        undefined,
      );
      rmSync(stateDirectory, { recursive: true, force: true });
    },
  };
}
