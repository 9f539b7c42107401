import { existsSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { findKernel, openMachine, PepitaPaths, setupKernel } from '../../src/index.ts';
import { removeAll, testKernel, testState, vmsOf } from './harness.ts';

const [fetched, probed] = [testState(), testState()];

test('the kernel is fetched by apt, unpacked, and found; a second time nothing is fetched', async () => {
  const stateDirectory = fetched;
  const told: string[] = [];
  const onProgress = (line: string) => void told.push(line);
  const kernel = await setupKernel({ stateDirectory, onProgress });
  expect(told).toHaveLength(2);
  expect(kernel.version).toMatch(/^\d+\.\d+\.\d+-.*cloud-amd64_/);
  const names = kernel.modules.map(({ name }) => name);
  for (const [first, second] of [
    ['virtio_ring', 'virtio'],
    ['virtio', 'virtio_mmio'],
    ['virtio', 'virtio_console'],
    ['pvpanic', 'pvpanic_mmio'],
  ] as const) {
    expect(names.indexOf(first)).toBeLessThan(names.indexOf(second));
    expect(names).toContain(first);
  }
  const folder = dirname(kernel.file);
  expect(readdirSync(folder).toSorted()).toEqual(['kernel.json', 'modules', 'vmlinux']);
  expect(statSync(folder).mode & 0o777).toBe(0o700);
  expect(await setupKernel({ stateDirectory, onProgress })).toEqual(kernel);
  expect(told).toHaveLength(2);
  expect(await findKernel({ stateDirectory })).toEqual(kernel);
  expect(readdirSync(new PepitaPaths(stateDirectory).kernels)).toHaveLength(1);
});

test('KVM is used only where a guest boots with it; the verdict takes seconds at most, and is kept', async () => {
  const stateDirectory = probed;
  const kernel = await testKernel();
  const start = performance.now();
  const machine = await openMachine({ stateDirectory, kernel });
  expect(performance.now() - start).toBeLessThan(15_000);
  expect(machine.warnings).toHaveLength(machine.accel === 'kvm' ? 0 : 1);
  expect(vmsOf(machine)).toEqual([]);
  expect(existsSync(join(machine.paths.base, 'kvm.json'))).toBe(existsSync('/dev/kvm'));
  const again = performance.now();
  expect((await openMachine({ stateDirectory, kernel })).accel).toBe(machine.accel);
  expect(performance.now() - again).toBeLessThan(2000);
  await removeAll(machine);
});
