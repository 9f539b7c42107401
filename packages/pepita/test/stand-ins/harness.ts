/** Drivers on stand-ins, and what the tests of both need. */

import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { dirname, join } from 'node:path';
import { PassThrough } from 'node:stream';
import { CloudHypervisorVmm } from '../../src/cloud-hypervisor/cloud-hypervisor-vmm.ts';
import { FirecrackerVmm } from '../../src/firecracker/firecracker-vmm.ts';
import { PepitaPaths } from '../../src/paths.ts';
import type { VmConfig } from '../../src/qemu/vm-config.ts';
import type { RestVmm } from '../../src/vmm-rest/rest-vmm.ts';
import { agentVsockPort, connectVsock } from '../../src/vmm-rest/vsock-channel.ts';
import { installStandIn, type StandIn } from './install.ts';

export type Kind = 'firecracker' | 'cloud-hypervisor';

/** A character device that everybody may open: stand-ins need no KVM. */
export const anyDevice = '/dev/null';
export const mebibyte = 1024 ** 2;

export interface Host {
  readonly kind: Kind;
  readonly vmm: RestVmm;
  readonly paths: PepitaPaths;
  readonly program: string;
  readonly stateDirectory: string;
  readonly config: VmConfig;
}

/** A state folder with a driver for it, a stand-in, and files to boot. */
export function makeHost(kind: Kind, folder: string, standIn: StandIn = {}): Host {
  const stateDirectory = join(folder, 'state');
  mkdirSync(stateDirectory, { recursive: true });
  for (const name of ['kernel', 'initramfs']) writeFileSync(join(folder, name), name);
  const program = installStandIn(join(folder, 'bin'), kind, standIn);
  const config: VmConfig = {
    accel: 'kvm',
    vcpus: 1,
    memory: 8 * mebibyte,
    kernel: join(folder, 'kernel'),
    initramfs: join(folder, 'initramfs'),
  };
  const options = { stateDirectory, program, kvmDevice: anyDevice };
  const vmm = kind === 'firecracker' ? new FirecrackerVmm(options) : new CloudHypervisorVmm(options);
  return { kind, vmm, paths: new PepitaPaths(stateDirectory), program, stateDirectory, config };
}

/** VMs of a host that have any file. */
export function vmsOf({ paths }: Host): string[] {
  const names = (folder: string): string[] =>
    existsSync(folder) ? readdirSync(folder).filter((name) => !name.startsWith('.')) : [];
  return [...new Set([...names(dirname(paths.vm('x'))), ...names(join(paths.vmm, 'native'))])];
}

export async function removeAll(host: Host): Promise<void> {
  for (const vmId of vmsOf(host)) await host.vmm.remove(vmId);
  await host.vmm.close();
}

/** PIDs of processes that have a text among their arguments or a folder below it as their own. */
export function processesAt(folder: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((name) => {
      try {
        return readFileSync(`/proc/${name}/cmdline`, 'latin1').includes(folder);
      } catch {
        return false;
      }
    })
    .map(Number);
}

/** A plain socket that leads to the agent of a VM, for programs that know nothing of CONNECT. */
export async function relayTo(vmFolder: string, path: string): Promise<Server> {
  const server = createServer((near) => {
    const abort = new AbortController();
    near.on('error', () => undefined).on('close', () => abort.abort());
    // Read at once, so that its end is seen.
    const said = near.pipe(new PassThrough());
    connectVsock(vmFolder, agentVsockPort, abort.signal).then(
      (far) => {
        far.on('error', () => near.destroy()).on('close', () => near.destroy());
        near.on('close', () => far.destroy());
        said.pipe(far);
        far.pipe(near);
      },
      () => near.destroy(),
    );
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return server;
}
