import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { bootMachine, type Machine, openMachine, sayHello } from '../../src/index.ts';
import { mebibyte, removeAll, rootfsOf, testKernel, testMachine, testState, vmsOf } from './harness.ts';

const [folder, stateDirectory] = [testState(), testState()];

/** QEMU on a machine whose KVM hangs: with it the guest's processor does not run. */
function qemuWithHangingKvm(real: string): string {
  const file = join(folder, 'qemu-system-x86_64');
  const script = [
    '#!/bin/sh',
    'case " $* " in *" -accel kvm "*) hang=-S ;; esac',
    'for word; do',
    '  shift',
    '  case $word in kvm) word=tcg ;; host) word=Nehalem-v1 ;; esac',
    '  set -- "$@" "$word"',
    'done',
    `exec ${real} "$@" $hang`,
  ];
  writeFileSync(file, `${script.join('\n')}\n`, { mode: 0o755 });
  return file;
}

const open = async (qemu: string): Promise<Machine> =>
  await openMachine({ stateDirectory, kernel: await testKernel(), qemu, kvmDevice: '/dev/null' });

test('a KVM that hangs is told, left behind within seconds, and holds up no VM, now or later', async () => {
  const other = await testMachine(stateDirectory);
  const request = { memory: 128 * mebibyte, vcpus: 1, rootfs: await rootfsOf(other) };
  await bootMachine(other, { ...request, vmId: 'there' });
  const qemu = qemuWithHangingKvm(other.engine.program);
  const start = performance.now();
  const opening = open(qemu);
  await sayHello(other.paths.vm('there'), AbortSignal.timeout(10_000));
  const machine = await opening;
  expect(performance.now() - start).toBeLessThan(30_000);
  expect(machine.accel).toBe('tcg');
  expect(machine.warnings).toEqual([
    expect.stringMatching(
      /^Guests run without KVM, many times slower: a guest does not boot with it: The guest does not answer after \d+ ms$/,
    ),
  ]);
  expect(vmsOf(machine)).toEqual(['there']);
  expect(existsSync(machine.paths.kvmVerdict('qemu'))).toBe(true);
  const again = performance.now();
  expect((await open(qemu)).warnings).toEqual(machine.warnings);
  expect(performance.now() - again).toBeLessThan(4000);
  const booted = await bootMachine(machine, { ...request, vmId: 'vm' });
  expect(booted).toEqual({ how: 'template', notes: [] });
  await sayHello(other.paths.vm('there'), AbortSignal.timeout(10_000));
  await machine.vmm.close();
  await removeAll(other);
});
