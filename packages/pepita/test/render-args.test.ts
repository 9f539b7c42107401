import { describe, expect, test } from 'vitest';
import { renderCommandLine, renderQemuArgs } from '../src/qemu/render-args.ts';
import type { VmConfig } from '../src/qemu/vm-config.ts';
import { type TemplateInputs, templateKey } from '../src/template/template-key.ts';

const mebibyte = 1024 ** 2;
const config: VmConfig = {
  accel: 'tcg',
  vcpus: 1,
  memory: 128 * mebibyte,
  kernel: '/state/vmlinux',
  initramfs: '/state/init.cpio',
  disk: '/state/a,b.erofs',
  tscKhz: 2_300_000,
};

/** The values after an option. */
const valuesOf = (args: readonly string[], option: string): string[] =>
  args.flatMap((arg, index) => (args[index - 1] === option ? [arg] : []));

describe('arguments of QEMU', () => {
  test('of a VM with a disk and no network', () => {
    const args = renderQemuArgs(config);
    expect(valuesOf(args, '-m')).toEqual(['128M']);
    expect(valuesOf(args, '-cpu')).toEqual(['Nehalem-v1,arat=on']);
    expect(args).not.toContain('-netdev');
    expect(args).not.toContain('-incoming');
    expect(args).toContain('-no-reboot');
    expect(JSON.parse(valuesOf(args, '-blockdev')[0] ?? '')).toMatchObject({
      'read-only': true,
      file: { filename: '/state/a,b.erofs', 'read-only': true },
    });
  });

  test('give the guest nothing of the host but what was asked for', () => {
    const args = renderQemuArgs({ ...config, network: { ports: [], outbound: false } });
    expect(valuesOf(args, '-sandbox')[0]).toMatch(/^on,.*spawn=deny/);
    expect(JSON.parse(valuesOf(args, '-netdev')[0] ?? '')).toEqual({
      type: 'user',
      id: 'network',
      ipv6: false,
      restrict: true,
    });
  });

  test('forward ports of the loopback only', () => {
    const ports = [{ protocol: 'tcp', hostPort: 8080, guestPort: 80 }] as const;
    const args = renderQemuArgs({ ...config, network: { ports, outbound: true } });
    expect(JSON.parse(valuesOf(args, '-netdev')[0] ?? '')).toMatchObject({
      restrict: false,
      hostfwd: [{ str: 'tcp:127.0.0.1:8080-10.0.2.15:80' }],
    });
  });

  test('of a clone: its own copy of the memory, and a snapshot to come', () => {
    const memoryFile = { path: '/t/memory', shared: false };
    const args = renderQemuArgs({ ...config, memoryFile }, { incoming: true });
    expect(JSON.parse(valuesOf(args, '-object')[0] ?? '')).toMatchObject({
      'mem-path': '/t/memory',
      share: false,
      size: config.memory,
    });
    expect(valuesOf(args, '-incoming')).toEqual(['defer']);
  });

  test('with KVM have the processor of the host; a name of a processor cannot add options', () => {
    expect(valuesOf(renderQemuArgs({ ...config, accel: 'kvm' }), '-cpu')).toEqual(['host']);
    expect(valuesOf(renderQemuArgs({ ...config, cpu: 'max,x' }), '-cpu')).toEqual(['max,,x']);
  });

  test('have no path of a socket, which could be too long', () => {
    const sockets = valuesOf(renderQemuArgs(config), '-chardev').filter((arg) => arg.startsWith('socket'));
    for (const socket of sockets) expect(socket).toMatch(/path=[a-z]+,/);
  });

  test('have the clock of the host on the command line', () => {
    expect(renderCommandLine({ ...config, commandLine: 'quiet' })).toMatch(
      /panic=-1 .*tsc_early_khz=2300000 tsc=reliable quiet$/,
    );
    expect(renderCommandLine({ ...config, tscKhz: undefined })).not.toContain('tsc_early_khz');
  });
});

describe('the key of a template', () => {
  const inputs: TemplateInputs = {
    vmm: 'qemu',
    vmmVersion: 'q',
    kernelKey: 'k',
    initramfsKey: 'i',
    diskSize: 4096,
    bootId: 'b',
  };
  const key = templateKey(config, inputs);
  const network = { ports: [], outbound: false };

  test.each<[string, Partial<VmConfig>]>([
    ['the name of the image', { disk: '/another' }],
    ['where the kernel is', { kernel: '/elsewhere' }],
    ['where the initramfs is', { initramfs: '/elsewhere' }],
  ])('is the same whatever %s', (_, change) => {
    expect(templateKey({ ...config, ...change }, inputs)).toBe(key);
  });

  test('is the same whatever ports are forwarded', () => {
    const ports = [{ protocol: 'tcp', hostPort: 1, guestPort: 2 }] as const;
    expect(templateKey({ ...config, network: { ports, outbound: true } }, inputs)).toBe(
      templateKey({ ...config, network }, inputs),
    );
  });

  test.each<[string, Partial<VmConfig>]>([
    ['accelerator', { accel: 'kvm' }],
    ['processor', { cpu: 'max' }],
    ['number of processors', { vcpus: 2 }],
    ['memory', { memory: 256 * mebibyte }],
    ['network', { network }],
    ['command line', { commandLine: 'x' }],
    ['disk', { disk: undefined }],
  ])('changes with the %s', (_, change) => {
    expect(templateKey({ ...config, ...change }, inputs)).not.toBe(key);
  });

  test.each(Object.keys(inputs))('changes with %s', (name) => {
    expect(
      templateKey(config, { ...inputs, [name]: { diskSize: 8192, vmm: 'firecracker' }[name] ?? 'other' }),
    ).not.toBe(key);
  });

  test.each(['firecracker', 'cloud-hypervisor'] as const)('of %s changes with what that is told', (vmm) => {
    const bare: VmConfig = { ...config, accel: 'kvm', cpu: undefined, network: undefined };
    const other = (change: Partial<VmConfig>, more: Partial<TemplateInputs> = {}) =>
      templateKey({ ...bare, ...change }, { ...inputs, vmm, ...more });
    const own = other({});
    expect(own).not.toBe(templateKey(bare, inputs));
    const same = [
      other({ disk: '/another' }),
      other({ kernel: '/elsewhere' }),
      other({ tscKhz: bare.tscKhz }),
    ];
    expect(new Set(same)).toEqual(new Set([own]));
    const others = [
      ...[
        other({ vcpus: 2 }),
        other({ memory: 256 * mebibyte }),
        other({ cid: 9 }),
        other({ disk: undefined }),
      ],
      ...[other({ commandLine: 'x' }), other({}, { vmmVersion: 'v2' }), other({}, { kernelKey: 'k2' })],
    ];
    expect(new Set([own, ...others]).size).toBe(others.length + 1);
  });
});
