import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { requireKvm } from '../src/vmm-rest/kvm-device.ts';
import { openVmm } from '../src/vmm-rest/open-vmm.ts';
import { testFolder } from './helpers.ts';
import { anyDevice } from './stand-ins/harness.ts';
import { installStandIn } from './stand-ins/install.ts';

const folder = testFolder();

describe('KVM', () => {
  test.each([
    ['/no/kvm', 'Firecracker needs KVM, and there is no /no/kvm'],
    ['/etc/passwd', 'Firecracker needs KVM, and /etc/passwd is no device'],
  ])('is not %s', async (device, message) => {
    await expect(requireKvm('Firecracker', device)).rejects.toMatchObject({
      code: 'SpawnFailed',
      reason: 'unavailable',
      message,
      hint: expect.stringContaining('QEMU'),
    });
  });

  test('may be any device that can be opened', async () => {
    await expect(requireKvm('Firecracker', anyDevice)).resolves.toBeUndefined();
  });
});

describe('a user who chooses a VMM', () => {
  const open = (kind: 'firecracker' | 'cloud-hypervisor', program: string, kvmDevice = anyDevice) =>
    openVmm(kind, { stateDirectory: folder, program, kvmDevice });

  test.each<['firecracker' | 'cloud-hypervisor', string]>([
    ['firecracker', 'Firecracker v1.16.1'],
    ['cloud-hypervisor', 'cloud-hypervisor v53.0'],
  ])('has %s', async (kind, version) => {
    const program = installStandIn(folder, kind);
    const opened = await open(kind, program);
    expect(opened).toMatchObject({ program, version, vmm: { kind, vsockPort: 25_717 } });
    await opened.vmm.close();
  });

  test('is told that there is none', async () => {
    await expect(open('firecracker', '/no/firecracker')).rejects.toMatchObject({
      reason: 'unavailable',
      message: 'There is no /no/firecracker here',
      hint: expect.stringContaining('releases'),
    });
  });

  test('is told that it is too old', async () => {
    const program = installStandIn(join(folder, 'old'), 'firecracker', { version: '1.7.0' });
    await expect(open('firecracker', program)).rejects.toMatchObject({
      reason: 'unavailable',
      message: 'Firecracker 1.7 is too old: 1.8 or newer is needed, whose guests find their devices by ACPI',
    });
  });

  test('is told that it is another program', async () => {
    const program = installStandIn(folder, 'firecracker');
    await expect(open('cloud-hypervisor', program)).rejects.toMatchObject({
      message: `${program} does not say which version of cloud-hypervisor it is`,
    });
    await expect(open('firecracker', '/bin/false')).rejects.toMatchObject({ reason: 'unavailable' });
  });

  test('is told that there is no KVM, before anything else', async () => {
    await expect(open('firecracker', '/no/firecracker', '/no/kvm')).rejects.toMatchObject({
      message: 'Firecracker needs KVM, and there is no /no/kvm',
    });
    expect(readdirSync(folder)).not.toContain('pepita');
  });
});
