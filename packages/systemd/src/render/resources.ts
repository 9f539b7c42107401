import type { DaemonSpec } from '@duende/core/contract';
import { count, other, quoteWord, type Setting } from './setting.ts';

function bandwidth(key: string, bytes: number | undefined, devices: readonly string[]): Setting[] {
  if (bytes === undefined) return [];
  // A key may be repeated in a file; the property takes them all at once.
  const value = devices.map((device) => [device, BigInt(bytes)]);
  const lines = devices.map((device) => `${quoteWord(device)} ${bytes}`);
  return [other(key, lines.join(`\n${key}=`), { name: key, signature: 'a(st)', value })];
}

/** systemd.resource-control(5) and systemd.exec(5), "Process properties". */
export function resourceSettings(resources: DaemonSpec['resources'], devices: readonly string[]): Setting[] {
  const { memoryMax, memorySwapMax, cpuQuota, cpuWeight, pidsMax, openFilesMax, lockMemory } = resources;
  const some = (value: number | undefined, settings: (value: number) => Setting[]): Setting[] =>
    value === undefined ? [] : settings(value);
  return [
    ...some(memoryMax, (bytes) => [count('MemoryMax', bytes)]),
    ...some(memorySwapMax, (bytes) => [count('MemorySwapMax', bytes)]),
    ...some(cpuQuota, (cpus) => [
      other('CPUQuota', `${Math.round(cpus * 10_000) / 100}%`, {
        name: 'CPUQuotaPerSecUSec',
        signature: 't',
        value: BigInt(Math.round(cpus * 1_000_000)),
      }),
    ]),
    ...some(cpuWeight, (weight) => [count('CPUWeight', weight)]),
    ...bandwidth('IOReadBandwidthMax', resources.ioReadBps, devices),
    ...bandwidth('IOWriteBandwidthMax', resources.ioWriteBps, devices),
    ...some(pidsMax, (pids) => [count('TasksMax', pids)]),
    ...some(openFilesMax, (files) => [count('LimitNOFILE', files)]),
    ...some(lockMemory, (bytes) => [count('LimitMEMLOCK', bytes)]),
  ];
}
