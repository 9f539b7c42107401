import { readFileSync } from 'node:fs';

function read(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}

/**
 * kHz of the time stamp counter of this machine, as well as it says: in a VM `cpu MHz` is it; on hardware that one changes with the
 * load, and the nominal frequency in the name of the processor is it. `undefined` when neither is there: a wrong one would make the
 * guest's clock run wrong.
 */
export function tscKhz(cpuinfo: string = read('/proc/cpuinfo')): number | undefined {
  const field = (name: string): string => new RegExp(`^${name}\\s*:\\s*(.*)$`, 'm').exec(cpuinfo)?.[1] ?? '';
  const flags = field('flags').split(' ');
  if (!flags.includes('constant_tsc')) return undefined;
  const megahertz = flags.includes('hypervisor') ? Number(field('cpu MHz')) : 0;
  const nominal = /@ (\d+(?:\.\d+)?)GHz/.exec(field('model name'))?.[1];
  const khz = megahertz > 0 ? megahertz * 1000 : Number(nominal ?? 0) * 1_000_000;
  return khz > 0 ? Math.round(khz) : undefined;
}
