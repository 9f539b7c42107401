import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { prebuiltProbe } from '@duende/conformance';
import type { DaemonHandle } from '@duende/core';
import { readStat, readStatePage } from '@duende/program';
import type { PepitaAdapter } from '../../src/index.ts';

/** Milliseconds in which a guest that is ready uses less than `idleTicks` of the processor. */
const watched = 1500;
const idleTicks = 15;

export const machineIdOf = (stateDirectory: string, { name }: DaemonHandle): string | undefined =>
  JSON.parse(readFileSync(join(stateDirectory, 'pepita', 'daemons', name, 'vm.json'), 'utf8')).machineId;

export const namesIn = (stateDirectory: string, ...folder: string[]): string[] => {
  try {
    return readdirSync(join(stateDirectory, 'pepita', ...folder)).filter((name) => !name.startsWith('.'));
  } catch {
    return [];
  }
};

/** Spawns the same again and again until one has the VM that was kept ready; the others are removed. @throws Error after a minute */
export async function untilSpareTaken(adapter: PepitaAdapter, stateDirectory: string, args: string[]) {
  for (let count = 1, end = Date.now() + 60_000; Date.now() < end; count += 1) {
    const program = prebuiltProbe() as string;
    const handle = await adapter.spawn({ name: `alike-${count}`, program, args, stopTimeout: 2000 });
    const machineId = machineIdOf(stateDirectory, handle);
    if (machineId !== undefined) return { handle, machineId, count };
    await adapter.remove(handle, { force: true });
    if (count >= 3) await delay(1000);
  }
  throw new Error('no VM was kept ready');
}

/** The process of a spare that is not taken, when its guest has nothing to do any more. @throws Error after a minute */
export async function untilSpareReady(stateDirectory: string, taken: string) {
  for (const end = Date.now() + 60_000; Date.now() < end; await delay(200)) {
    const vmId = namesIn(stateDirectory, 'vms').find((name) => name.startsWith('spare-') && name !== taken);
    const pid = vmId === undefined ? undefined : vmmPidOf(stateDirectory, vmId);
    const before = pid === undefined ? undefined : readStat(pid)?.cpuTicks;
    if (vmId === undefined || pid === undefined || before === undefined) continue;
    await delay(watched);
    const after = readStat(pid)?.cpuTicks;
    if (after !== undefined && after > 0 && after - before < idleTicks) return { vmId, pid };
  }
  throw new Error('no further VM is kept ready');
}

/** QEMU's process, as its supervisor has written it down. */
function vmmPidOf(stateDirectory: string, vmId: string): number | undefined {
  const page = readStatePage(join(stateDirectory, 'pepita', 'vmm', 'native', vmId, 'state'));
  return typeof page === 'object' && page.state === 'running' ? page.main.pid : undefined;
}
