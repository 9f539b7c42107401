import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createBody, type EngineFacts } from '../src/docker/create-body.ts';
import type { ContainerPlan } from '../src/engine/engine.ts';
import { plainPlan } from './plans.ts';

interface HostConfig {
  readonly Memory?: number;
  readonly MemorySwap?: number;
  readonly CpuPeriod?: number;
  readonly CpuQuota?: number;
  readonly CpuShares?: number;
  readonly PidsLimit?: number;
  readonly BlkioDeviceReadBps?: readonly { readonly Path: string; readonly Rate: number }[];
  readonly BlkioDeviceWriteBps?: readonly { readonly Path: string; readonly Rate: number }[];
  readonly Ulimits: readonly { readonly Name: string; readonly Soft: number; readonly Hard: number }[];
}

const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const bytes = optional(fc.integer({ min: 1, max: 2 ** 45 }));
const limits = fc.record({
  memory: bytes,
  swap: optional(fc.integer({ min: 0, max: 2 ** 40 })),
  cpus: optional(fc.double({ min: 0.01, max: 1024, noNaN: true })),
  cpuWeight: optional(fc.integer({ min: 1, max: 10_000 })),
  pids: optional(fc.integer({ min: 1, max: 4_194_304 })),
  ioReadBps: bytes,
  ioWriteBps: bytes,
  openFiles: optional(fc.integer({ min: 3, max: 1_073_741_816 })),
  lockedMemory: optional(fc.integer({ min: 0, max: 2 ** 45 })),
});
const device = fc
  .constantFrom('/dev/sda', '/dev/vda', '/dev/nvme0n1')
  .map((path) => ({ path, number: '8:0' }));
const facts: fc.Arbitrary<EngineFacts> = fc.record({
  runtime: fc.constantFrom('docker', 'podman'),
  cgroupVersion: fc.constantFrom(1, 2),
  own: fc.record({ processes: optional(fc.nat()), files: optional(fc.nat()) }),
  devices: fc.uniqueArray(device, { minLength: 1, selector: ({ path }) => path }),
});

function bodyOf(given: object, known: EngineFacts): HostConfig {
  const set = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  const plan: ContainerPlan = { ...plainPlan, limits: set };
  return (createBody(plan, known) as { HostConfig: HostConfig }).HostConfig;
}

test('every limit of a plan arrives, and none that it does not have', () => {
  fc.assert(
    fc.property(limits, facts, (given, known) => {
      const config = bodyOf(given, known);
      const ulimit = (name: string) => config.Ulimits.find(({ Name }) => Name === name);
      const rates = (entries: HostConfig['BlkioDeviceReadBps']) =>
        entries?.map(({ Path, Rate }) => [Path, Rate]);
      const onAll = (rate: number | undefined) => rate && known.devices.map(({ path }) => [path, rate]);
      expect(config.Memory).toBe(given.memory);
      // Engines know a limit of swap only beside one of memory.
      expect(config.MemorySwap).toBe(
        given.memory === undefined ? undefined : given.memory + (given.swap ?? 0),
      );
      if (given.cpus === undefined) expect(config.CpuQuota).toBeUndefined();
      else expect((config.CpuQuota ?? 0) / (config.CpuPeriod ?? 1)).toBeCloseTo(given.cpus, 4);
      if (given.cpuWeight === undefined) expect(config.CpuShares).toBeUndefined();
      else expect(config.CpuShares).toSatisfy((shares: number) => shares >= 2 && shares <= 262_144);
      expect(config.PidsLimit).toBe(given.pids);
      expect(rates(config.BlkioDeviceReadBps)).toEqual(onAll(given.ioReadBps));
      expect(rates(config.BlkioDeviceWriteBps)).toEqual(onAll(given.ioWriteBps));
      // Podman is given one where it would otherwise ask for more than it may.
      if (given.openFiles !== undefined || known.runtime === 'docker') {
        expect(ulimit('nofile')?.Hard).toBe(given.openFiles);
        expect(ulimit('nofile')?.Soft).toBe(given.openFiles);
      }
      expect(ulimit('memlock')?.Hard).toBe(given.lockedMemory);
      expect(ulimit('memlock')?.Soft).toBe(given.lockedMemory);
    }),
  );
});

test('more weight is never fewer shares', () => {
  const weight = fc.integer({ min: 1, max: 10_000 });
  fc.assert(
    fc.property(weight, weight, facts, (one, other, known) => {
      const [less, more] = [Math.min(one, other), Math.max(one, other)];
      const shares = (cpuWeight: number) => bodyOf({ cpuWeight }, known).CpuShares ?? 0;
      expect(shares(more)).toBeGreaterThanOrEqual(shares(less));
    }),
  );
});
