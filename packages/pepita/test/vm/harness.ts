import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll } from 'vitest';
import { type Machine, openMachine } from '../../src/index.ts';
import { testKernel } from './kernel.ts';

export { mebibyte, rootfsOf } from './harness-parts.ts';
export { testKernel } from './kernel.ts';

/** A state folder that is removed, with all VMs in it, after the tests of a file. */
export function testState(): string {
  const folder = mkdtempSync(join(tmpdir(), 'duende-pepita-vm-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A machine under TCG whose VMs are removed after the tests of a file. */
export async function testMachine(stateDirectory: string): Promise<Machine> {
  return await openMachine({ stateDirectory, kernel: await testKernel(), accel: 'tcg' });
}

/** VMs of a machine that have any file. */
export function vmsOf({ paths }: Machine): string[] {
  const names = (folder: string): string[] => {
    try {
      return readdirSync(folder).filter((name) => !name.startsWith('.'));
    } catch {
      return [];
    }
  };
  return [...new Set([...names(dirname(paths.vm('x'))), ...names(join(paths.vmm, 'native'))])];
}

export async function removeAll(machine: Machine): Promise<void> {
  for (const vmId of vmsOf(machine)) await machine.vmm.remove(vmId);
  await machine.vmm.close();
}
