import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { bootVm } from '../src/boot/boot-vm.ts';
import { isAbandonedVmId, ownVmId } from '../src/boot/own-vm-id.ts';
import { kvmWarning, probeKvm } from '../src/boot/probe-kvm.ts';
import { sweepOwnVms } from '../src/boot/sweep.ts';
import { PepitaPaths } from '../src/paths.ts';
import type { VmConfig } from '../src/qemu/vm-config.ts';
import { type Behave, FakeVmm } from './fake-vmm.ts';
import { testFolder } from './helpers.ts';

const folder = testFolder();
const config: VmConfig = { accel: 'tcg', vcpus: 1, memory: 1024 ** 2, kernel: '/k', initramfs: '/i' };
const key = 'key';
let count = 0;

function set(behave: Behave) {
  count += 1;
  const paths = new PepitaPaths(join(folder, String(count)));
  const vmm = new FakeVmm(paths, behave);
  const boot = (templateKey?: string) =>
    bootVm({ vmm, paths, vmId: 'vm', config, templateKey, diskSize: 4096 });
  return { paths, vmm, boot };
}

const isClone = ({ incoming }: { readonly incoming: boolean }): boolean => incoming;

describe('a VM without a template', () => {
  test('boots', async () => {
    const { vmm, boot } = set(() => 'answers');
    expect(await boot()).toEqual({ how: 'cold', notes: [] });
    expect(vmm.started).toEqual([{ ...config, incoming: false }]);
    await vmm.remove('vm');
  });

  test('is booted a second time', async () => {
    const { vmm, boot } = set((_, index) => (index === 0 ? 'panics' : 'answers'));
    const { how, notes } = await boot();
    expect(how).toBe('cold');
    expect(notes).toEqual([
      'Booted again: The guest kernel panicked before its agent answered: [ 1.0] Kernel panic - not syncing: Attempted to kill init!',
    ]);
    await vmm.remove('vm');
  });

  test('is not booted a third time, and nothing is left', async () => {
    const { vmm, boot, paths } = set(() => 'panics');
    await expect(boot()).rejects.toThrow(/^The VM does not come up: The guest kernel panicked/);
    expect(vmm.started).toHaveLength(2);
    expect(vmm.running).toEqual([]);
    expect(existsSync(paths.vm('vm'))).toBe(false);
  });
});

describe('a VM that cannot be started', () => {
  test('because QEMU refuses its arguments, is not tried again, and the template stays', async () => {
    const { vmm, boot, paths } = set((started) => (isClone(started) ? 'does not start' : 'answers'));
    await expect(boot(key)).rejects.toThrow('QEMU does not start: no');
    expect(vmm.started.map(isClone)).toEqual([false, true]);
    expect(readdirSync(paths.templates)).toEqual([key]);
  });

  test('because another one has its id, leaves that one alone', async () => {
    const { vmm, boot } = set((_, index) => (index === 0 ? 'answers' : 'is there'));
    await boot();
    await expect(boot()).rejects.toMatchObject({ reason: 'already-exists' });
    expect(vmm.running).toEqual(['vm']);
    await vmm.remove('vm');
  });
});

describe('a VM with a template', () => {
  test('is a clone of it; the template is made once, of a guest that is gone then', async () => {
    const { vmm, boot, paths } = set(() => 'answers');
    const all = await Promise.all([boot(key), getAlso(), getAlso()]);
    expect(all.map(({ how }) => how)).toEqual(['template', 'template', 'template']);
    expect(vmm.started.map(isClone)).toEqual([false, true, true, true]);
    expect(vmm.running.toSorted()).toEqual(['vm', 'vm1', 'vm2']);
    expect(readdirSync(paths.templates)).toEqual([key]);
    expect(readdirSync(join(paths.templates, key)).toSorted()).toEqual(['memory', 'state', 'template.json']);
    for (const vmId of vmm.running) await vmm.remove(vmId);

    function getAlso() {
      also += 1;
      return bootVm({ vmm, paths, vmId: `vm${also}`, config, templateKey: key, diskSize: 0 });
    }
  });
  let also = 0;

  test.each<[string, (folder: string) => void]>([
    ['a state that is cut off', (template) => truncateSync(join(template, 'state'), 2)],
    ['a memory that was written to', (template) => appendFileSync(join(template, 'memory'), 'x')],
    ['no memory', (template) => rmSync(join(template, 'memory'))],
    ['a record that is damaged', (template) => writeFileSync(join(template, 'template.json'), '{')],
    ['no record', (template) => rmSync(join(template, 'template.json'))],
  ])('has a new one instead of one with %s', async (_, damage) => {
    const { vmm, boot, paths } = set(() => 'answers');
    await boot(key);
    await vmm.remove('vm');
    damage(join(paths.templates, key));
    expect(await boot(key)).toEqual({ how: 'template', notes: [] });
    expect(vmm.started.map(isClone)).toEqual([false, true, false, true]);
    await vmm.remove('vm');
  });

  test('boots cold when no VM comes up from it, and the template goes', async () => {
    const { vmm, boot, paths } = set((started) => (isClone(started) ? 'panics' : 'answers'));
    const { how, notes } = await boot(key);
    expect(how).toBe('cold');
    expect(notes[0]).toMatch(/^The snapshot was removed, no VM came up from it: The guest kernel panicked/);
    expect(readdirSync(paths.templates)).toEqual([]);
    await vmm.remove('vm');
  });

  test('boots cold when the template cannot be made, and nothing of it is left', async () => {
    const { vmm, boot, paths } = set(({ memoryFile }) => (memoryFile ? 'does not start' : 'answers'));
    expect(await boot(key)).toEqual({
      how: 'cold',
      notes: ['Booted without a snapshot: QEMU does not start: no'],
    });
    expect(readdirSync(paths.templates)).toEqual([]);
    expect(vmm.running).toEqual(['vm']);
    await vmm.remove('vm');
  });

  test('keeps a bounded number of them', async () => {
    const { vmm, boot, paths } = set(() => 'answers');
    for (let index = 0; index < 14; index += 1) {
      await boot(`key${index}`);
      await vmm.remove('vm');
    }
    expect(readdirSync(paths.templates).toSorted()).toEqual(
      Array.from({ length: 12 }, (_, index) => `key${index + 2}`).toSorted(),
    );
  });
});

test('VMs of processes that died are swept, and no others', async () => {
  const { vmm, paths } = set(() => 'answers');
  const abandoned = 'template-1-99999999999-1';
  for (const vmId of [abandoned, ownVmId('template'), 'vm']) await vmm.start(vmId, config);
  expect(isAbandonedVmId(abandoned)).toBe(true);
  await sweepOwnVms(vmm, paths);
  expect(vmm.running).toHaveLength(2);
  for (const vmId of vmm.running) await vmm.remove(vmId);
});

describe('KVM', () => {
  const probe = async ({ vmm, paths }: ReturnType<typeof set>) =>
    await probeKvm({ vmm, paths, vmmVersion: 'q', kernelKey: 'k', config });
  // Where there is no device there is nothing to try: such tests are not there, rather than skipped.
  const withDevice = existsSync('/dev/kvm') ? test : ((() => {}) as unknown as typeof test);

  withDevice('works when a guest boots with it, which is tried once', async () => {
    const all = set(() => 'answers');
    expect(await probe(all)).toEqual({ works: true });
    expect(await probe(all)).toEqual({ works: true });
    expect(all.vmm.started.map(({ accel }) => accel)).toEqual(['kvm']);
    expect(all.vmm.running).toEqual([]);
  });

  withDevice('does not when QEMU fails', async () => {
    const all = set(() => 'does not start');
    const verdict = await probe(all);
    expect(kvmWarning(verdict)).toBe(
      'Guests run without KVM, many times slower: a guest does not boot with it: QEMU does not start: no',
    );
    expect(await probe(all)).toEqual(verdict);
    expect(all.vmm.started).toHaveLength(1);
  });

  withDevice('is tried again when the verdict cannot be kept or read', async () => {
    const all = set(() => 'answers');
    mkdirSync(all.paths.base, { recursive: true });
    writeFileSync(all.paths.kvmVerdict('qemu'), '{');
    chmodSync(all.paths.kvmVerdict('qemu'), 0o600);
    expect(await probe(all)).toEqual({ works: true });
  });
});
