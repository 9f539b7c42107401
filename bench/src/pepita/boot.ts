import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { bootMachine, sayHello } from '@duende/pepita';
import { execa } from 'execa';
import { vmConfig } from '../../../packages/pepita/src/boot/machine.ts';
import { renderQemuArgs } from '../../../packages/pepita/src/qemu/render-args.ts';
import type { Row } from '../row.ts';
import { interleave, summarise } from '../statistics.ts';
import type { Side } from './side.ts';

const request = { memory: 128 * 1024 ** 2, vcpus: 1 };

/** One that hangs is not waited for: it would be counted as one. */
const patience = 20_000;

/** QEMU as a child with our arguments, and nothing else, to the agent's answer. */
async function bare(side: Side): Promise<number> {
  const folder = mkdtempSync(join(side.folder('bare'), 'vm-'));
  await execa('mkfifo', ['events.in', 'events.out'], { cwd: folder });
  const args = renderQemuArgs(vmConfig(side.machine as never, { vmId: 'bare', ...request }));
  const begin = performance.now();
  const qemu = spawn(side.machine.engine.program, args, {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'ignore'],
  });
  const gone = once(qemu, 'exit');
  try {
    for (;;) {
      try {
        await sayHello(folder, AbortSignal.timeout(patience));
        return performance.now() - begin;
      } catch (error) {
        // Its socket is not there yet.
        if (!['ENOENT', 'ECONNREFUSED'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
    }
  } finally {
    qemu.kill('SIGKILL');
    await gone;
    rmSync(folder, { recursive: true, force: true });
  }
}

async function ours({ machine }: Side): Promise<number> {
  const vmId = `boot-${process.pid}`;
  const begin = performance.now();
  await bootMachine(machine, { vmId, ...request, template: false });
  const taken = performance.now() - begin;
  await machine.vmm.remove(vmId);
  return taken;
}

export async function coldBoot(side: Side): Promise<Row[]> {
  const sides = { duende: () => ours(side), qemu: () => bare(side) };
  const values = await interleave(sides, { rounds: 20, warmUp: 1 });
  return [
    {
      what: 'cold boot to the agent',
      unit: 'ms',
      duende: summarise(values.duende),
      reference: { name: 'bare QEMU', figure: summarise(values.qemu) },
      target: { kind: 'ratio', atMost: 1.3 },
      how: 'A supervised VM without a snapshot until the agent answers, against QEMU as a child process with the same arguments, kernel and initramfs',
    },
  ];
}

/** Boots that had to be done again, of a hundred. */
export async function hungBoots({ machine }: Side): Promise<Row[]> {
  const times: number[] = [];
  const notes: string[] = [];
  for (let round = 0; round < 100; round += 1) {
    const vmId = `hung-${process.pid}`;
    const begin = performance.now();
    const booted = await bootMachine(machine, { vmId, ...request, template: false });
    times.push(performance.now() - begin);
    notes.push(...booted.notes);
    await machine.vmm.remove(vmId);
  }
  const all = summarise(times, `${notes.length} of 100 hung${notes.length > 0 ? `: ${notes[0]}` : ''}`);
  return [
    {
      what: 'a hundred cold boots',
      unit: 'ms',
      duende: notes.length > 0 ? { missing: `${notes.length} of 100 hung: ${notes[0]}` } : all,
      target: { kind: 'value', atMost: 4000 },
      how: 'One after the other, each to the answer of its agent; a boot that was done again by the watchdog counts as hung, and misses the target of none',
    },
  ];
}
