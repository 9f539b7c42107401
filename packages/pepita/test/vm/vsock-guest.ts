/**
 * A guest as those of Firecracker and cloud-hypervisor are, on a machine without KVM: with their kernel command line and initramfs, and
 * with vsock behind a unix socket, run by QEMU under TCG. The device is vsock-device/, by vhost-user.
 */

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { findPrebuilt } from '../../src/agent/find-agent.ts';
import { ownConfig } from '../../src/boot/machine.ts';
import { vmConfigBody } from '../../src/cloud-hypervisor/requests.ts';
import { bootRequests } from '../../src/firecracker/requests.ts';
import type { Machine, Rootfs } from '../../src/index.ts';
import { makeInitramfs } from '../../src/initramfs/initramfs.ts';
import type { VmConfig } from '../../src/qemu/vm-config.ts';
import { tscKhz } from '../../src/tsc-khz.ts';

export type Kind = 'firecracker' | 'cloud-hypervisor';
const source = fileURLToPath(new URL('vsock-device/', import.meta.url));

/** A C compiler, where there is one. */
export const compiler = ['/usr/bin/cc', '/usr/bin/gcc', '/usr/bin/musl-gcc'].find((path) => existsSync(path));

/** Compiles the device. @returns its path */
export function buildDevice(folder: string): string {
  const program = join(folder, 'vsock-device');
  const files = ['main.c', 'vhost-user.c'].map((name) => join(source, name));
  execFileSync(compiler ?? 'cc', [
    '-std=gnu11',
    '-O1',
    '-D_GNU_SOURCE',
    '-Wall',
    '-Wextra',
    '-Werror',
    '-o',
    program,
    ...files,
  ]);
  return program;
}

const memoryArgs = (size: number): string[] => [
  ...['-m', `${size / 1024 ** 2}M`],
  ...['-object', `memory-backend-memfd,id=memory,size=${size},share=on`, '-machine', 'memory-backend=memory'],
];

/** Firecracker has its devices on virtio-mmio, cloud-hypervisor on PCI. */
const hardware: Readonly<
  Record<Kind, { readonly machine: string; readonly suffix: string; readonly more: string[] }>
> = {
  firecracker: { machine: 'microvm,acpi=on', suffix: 'device', more: [] },
  'cloud-hypervisor': { machine: 'q35', suffix: 'pci', more: ['-device', 'pvpanic-pci'] },
};

const commandLineOf = (kind: Kind, config: VmConfig): string =>
  kind === 'firecracker'
    ? String(bootRequests(config).find(({ path }) => path === 'boot-source')?.body.boot_args)
    : (vmConfigBody(config).payload as { readonly cmdline: string }).cmdline;

export class VsockGuest {
  /** Of the socket `agent`. */
  readonly folder: string;
  readonly ended: Promise<unknown>;
  console = '';
  readonly #processes: ChildProcess[];

  private constructor(folder: string, device: ChildProcess, qemu: ChildProcess) {
    this.folder = folder;
    this.#processes = [device, qemu];
    this.ended = once(qemu, 'exit').then(([code]) => code);
    for (const stream of [qemu.stdout, qemu.stderr, device.stderr]) {
      stream?.setEncoding('latin1').on('data', (text: string) => {
        this.console += text;
      });
    }
  }

  static async start(
    kind: Kind,
    machine: Machine,
    device: string,
    folder: string,
    rootfs: Rootfs,
  ): Promise<VsockGuest> {
    mkdirSync(folder, { mode: 0o700 });
    const { paths, kernel, engine } = machine;
    const agent = findPrebuilt('duende-agent');
    const initramfs = await makeInitramfs({ paths, kernel, agent, config: ownConfig, vmm: kind });
    const memory = 256 * 1024 ** 2;
    const config: VmConfig = {
      ...{ accel: 'tcg', vcpus: 1, memory, kernel: kernel.file, initramfs: initramfs.file },
      ...{ disk: rootfs.file, tscKhz: tscKhz(), commandLine: 'mitigations=off' },
    };
    const { machine: type, suffix, more } = hardware[kind];
    const [vhost, socket] = [join(folder, 'vhost'), join(folder, 'agent')];
    const served = spawn(device, [vhost, socket, '3'], { stdio: ['ignore', 'ignore', 'pipe'] });
    while (!existsSync(vhost)) await sleep(5);
    const args = [
      ...['-M', type, '-accel', 'tcg,thread=multi', '-cpu', 'Nehalem-v1,arat=on', ...memoryArgs(memory)],
      ...['-nodefaults', '-no-user-config', '-no-reboot', '-display', 'none', '-serial', 'stdio', ...more],
      ...['-device', `virtio-rng-${suffix}`],
      ...['-blockdev', `raw,node-name=root,read-only=on,file.driver=file,file.filename=${rootfs.file}`],
      ...['-device', `virtio-blk-${suffix},drive=root`],
      ...['-chardev', `socket,id=vsock,path=${vhost}`, '-device', `vhost-user-vsock-${suffix},chardev=vsock`],
      ...['-kernel', config.kernel, '-initrd', config.initramfs, '-append', commandLineOf(kind, config)],
    ];
    const qemu = spawn(engine.program, args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
    return new VsockGuest(folder, served, qemu);
  }

  async remove(): Promise<void> {
    for (const child of this.#processes) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
  }
}
