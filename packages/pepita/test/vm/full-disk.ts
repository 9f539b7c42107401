/**
 * Runs in a mount namespace of its own, on file systems that are small or fill up; what it found goes to stdout as JSON.
 * `node full-disk.ts STATE KERNEL`.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { bootMachine, openMachine } from '../../src/index.ts';
import { mebibyte, rootfsOf } from './harness-parts.ts';

const [base = '', kernel] = process.argv.slice(2);

function fill(folder: string): void {
  for (let size = mebibyte; size >= 512; size /= 2) {
    try {
      for (;;) writeFileSync(join(folder, 'filler'), Buffer.alloc(size, 1), { flag: 'a' });
    } catch {
      // Full for this size: smaller pieces may still fit.
    }
  }
}

/** Boots one VM on a disk of so many MiB. `meanwhile` gets the folder of the templates. */
async function boot(size: number, meanwhile: (folder: string, state: string) => Promise<void>) {
  const stateDirectory = join(base, String(size));
  mkdirSync(stateDirectory);
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}m`, 'tmpfs', stateDirectory]);
  const machine = await openMachine({ stateDirectory, kernel, accel: 'tcg' });
  const { paths, vmm } = machine;
  const request = { vmId: 'vm', memory: 128 * mebibyte, vcpus: 1, rootfs: await rootfsOf(machine) };
  const booting = bootMachine(machine, request).catch((error: Error) => ({
    how: 'failed',
    notes: [error.message],
  }));
  await meanwhile(paths.templates, stateDirectory);
  const { how, notes } = await booting;
  const left = existsSync(paths.templates) ? readdirSync(paths.templates) : [];
  await vmm.remove('vm');
  await vmm.close();
  return { how, notes, left };
}

/** Once the guest has begun to fill its memory. */
async function fillDuringBoot(folder: string, state: string): Promise<void> {
  for (;;) {
    const names = existsSync(folder) ? readdirSync(folder) : [];
    const memory = names.map((name) => join(folder, name, 'memory')).find((path) => existsSync(path));
    if (memory !== undefined && statSync(memory).blocks * 512 > 4 * mebibyte) break;
    await sleep(5);
  }
  fill(state);
  // The guest that dies of it takes its memory with it, and what boots next needs room for its log.
  await sleep(3000);
  rmSync(join(state, 'filler'));
}

const small = await boot(100, async () => undefined);
const filled = await boot(300, fillDuringBoot);
console.log(JSON.stringify({ small, filled }));
