/** Measures boots on this machine: `node measure.ts STATE boots|restores|memory COUNT`. Fetches the kernel unless it is there. */
import { readFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { planProgram } from '@duende/image';
import { bootMachine, makeRootfs, openMachine, setupKernel } from '../../src/index.ts';

const [stateDirectory = '', what = 'restores', count = '10'] = process.argv.slice(2);
await setupKernel({ stateDirectory, onProgress: (line) => console.error(line) });
const machine = await openMachine({ stateDirectory, accel: 'tcg' });
const { vmm, paths } = machine;
const plan = await planProgram({ platform: 'pepita', program: '/bin/ls', cacheDirectory: paths.images });
const request = { memory: 128 * 1024 ** 2, vcpus: 1, rootfs: await makeRootfs(plan, paths) };
const load = (): string =>
  loadavg()
    .map((value) => value.toFixed(1))
    .join(' ');

function summary(times: readonly number[]): string {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (part: number): string => (sorted[Math.floor((sorted.length - 1) * part)] ?? 0).toFixed(0);
  return `min ${at(0)} median ${at(0.5)} p95 ${at(0.95)} max ${at(1)} ms of ${sorted.length}; load ${load()}`;
}

/** MiB of a process that are its own, or its part of what it shares. */
function proportional(pid: number): number {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  return Number(/^Pss:\s+(\d+)/m.exec(text)?.[1]) / 1024;
}

async function timed(vmId: string, template: boolean): Promise<number> {
  const start = performance.now();
  const { notes } = await bootMachine(machine, { ...request, vmId, template });
  for (const note of notes) console.log(`${vmId}: ${note}`);
  return performance.now() - start;
}

async function repeat(template: boolean): Promise<void> {
  const times: number[] = [];
  for (let index = 0; index < Number(count); index += 1) {
    times.push(await timed('measure', template));
    await vmm.remove('measure');
  }
  console.log(`${what}: ${summary(times)}`);
}

async function memory(): Promise<void> {
  const ids = Array.from({ length: Number(count) }, (_, index) => `measure-${index}`);
  for (const vmId of ids) await timed(vmId, true);
  const sizes: number[] = [];
  for (const vmId of ids) {
    const status = await vmm.status(vmId);
    if ('pid' in status) sizes.push(proportional(status.pid));
  }
  console.log(`PSS in MiB: ${sizes.map((size) => size.toFixed(1)).join(' ')}`);
  for (const vmId of ids) await vmm.remove(vmId);
}

if (what === 'memory') await memory();
else {
  if (what === 'restores') await timed('measure', true).then(() => vmm.remove('measure'));
  await repeat(what === 'restores');
}
await vmm.close();
