import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { type AdapterHarness, hostProbe, type ProbeProvider } from '@duende/conformance';
import type { DaemonHandle, DaemonSpecInput } from '@duende/core';
import { readStatePage } from '@duende/program';
import { PepitaAdapter, PepitaPaths, vmIdOf } from '../../src/index.ts';
import { testKernel } from './kernel.ts';

/** Where a guest has no file system of its own above the packed files, unlike /run. */
const parent = '/var/tmp';

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

/** The probe in a root made here. What it has made so far is packed with it, at the same path. */
function packedProbe(): ProbeProvider {
  const inner = hostProbe({ folder: parent });
  const files: string[] = [];
  const remember = async (made: Promise<string>): Promise<string> => {
    const path = await made;
    files.push(path);
    return path;
  };
  return {
    ...inner,
    title: `${inner.title}, in a root made here`,
    async program(commands) {
      return { ...(await inner.program(commands)), platform: { pepita: { files: [...files] } } };
    },
    directory: (name) => remember(inner.directory(name)),
    file: (name, content, mode) => remember(inner.file(name, content, mode)),
    async symlinkLoop(name) {
      const path = await inner.symlinkLoop(name);
      // The folder that it is in: a loop itself cannot be packed.
      files.push(dirname(path));
      return path;
    },
  };
}

/** Processes that have something of the VM in their arguments or their folder. */
function processesOf(state: string, vmId: string): string[] {
  return list('/proc')
    .filter((pid) => /^\d+$/.test(pid))
    .map((pid) => ({ pid, command: read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ') }))
    .filter(({ command }) => command.includes(state) && command.includes(`/${vmId}/`))
    .map(({ pid, command }) => `process ${pid}: ${command}`);
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Spawns a daemon and removes it: what it was started from is there for the next one. */
async function warmUp(adapter: PepitaAdapter, daemon: DaemonSpecInput): Promise<void> {
  const handle = await adapter.spawn(daemon);
  await adapter.remove(handle, { force: true });
}

/** Makes the roots and snapshots of the kit's daemons: clauses of five daemons at a time would wait for them. */
async function prepare(adapter: PepitaAdapter, probe: ProbeProvider): Promise<void> {
  const kit = dirname(createRequire(import.meta.url).resolve('@duende/conformance/package.json'));
  const module = join(kit, 'dist', 'probe-module.js');
  const { program, args } = await probe.program(['park']);
  for (const name of ['first', 'second']) {
    await warmUp(adapter, { name, program, args });
    await warmUp(adapter, { name, module, config: { greeting: 'x' } });
  }
  await adapter.close();
}

/** The microVM adapter, on a state folder of its own, for the conformance kit. */
export async function pepitaHarness(): Promise<AdapterHarness> {
  const stateDirectory = mkdtempSync(join(parent, 'duende-pepita-kit-'));
  const kernel = await testKernel();
  const paths = new PepitaPaths(stateDirectory);
  const create = () => new PepitaAdapter({ stateDirectory, kernel, accel: 'tcg' });
  const probe = packedProbe();
  await prepare(create(), probe);
  return {
    name: 'pepita (QEMU)',
    environment: { DUENDE_STATE_DIR: stateDirectory, DUENDE_TEST_KERNEL: kernel },
    clientModule: `${new URL('conformance-client.ts', import.meta.url).href}#createAdapter`,
    create: async () => create(),
    // What manages a daemon: its bridge, and whatever supervises that one and the VM.
    killManager: async ({ data }: DaemonHandle) => {
      if (data.kind !== 'pepita') return;
      for (const file of [paths.bridgeState(data.vmId), paths.vmmState(data.vmId)]) {
        const page = readStatePage(file);
        if (typeof page === 'string') continue;
        kill(page.supervisor.pid);
        if (file === paths.bridgeState(data.vmId)) kill(page.main.pid);
      }
    },
    isAlive: async (handle: DaemonHandle, pid: number) => {
      const adapter = create();
      try {
        const guest = await adapter.openGuest(handle);
        // What is there cannot be executed (EACCES), what is not there is not found (ENOENT).
        const exit = await guest.exec([`/proc/${pid}/status`]).exit;
        guest.close();
        return 'errno' in exit && exit.errno === constants.errno.EACCES;
      } catch {
        return false;
      } finally {
        await adapter.close();
      }
    },
    leftovers: async (name: string) => {
      const vmId = vmIdOf(name);
      const folders = [
        join(paths.daemons, name),
        paths.vm(vmId),
        join(paths.vmm, 'native', vmId),
        join(paths.bridges, 'native', vmId),
      ];
      return [
        ...folders.filter((folder) => list(folder).length > 0).map((folder) => `folder ${folder}`),
        ...processesOf(stateDirectory, vmId),
      ];
    },
    probe,
    cleanup: async () => rmSync(stateDirectory, { recursive: true, force: true }),
  };
}
