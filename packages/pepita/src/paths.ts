import { join } from 'node:path';
import type { VmmKind } from './vmm-rest/vmm-kind.ts';

/** Where the files of this adapter are, under the state folder. Everything is 0700 and of the user that runs it. */
export class PepitaPaths {
  /** The folder of all of it. */
  readonly base: string;

  constructor(stateDirectory: string) {
    this.base = join(stateDirectory, 'pepita');
  }

  /** Kernels by version, each with its modules. */
  get kernels(): string {
    return join(this.base, 'kernels');
  }

  /** Initramfs archives by content. */
  get initramfs(): string {
    return join(this.base, 'initramfs');
  }

  /** Root file system images by content. */
  get rootfs(): string {
    return join(this.base, 'rootfs');
  }

  /** Snapshots of booted guests, one folder per key. */
  get templates(): string {
    return join(this.base, 'templates');
  }

  /** Whether KVM works here, with a VMM. */
  kvmVerdict(kind: VmmKind): string {
    return join(this.base, kind === 'qemu' ? 'kvm.json' : `kvm-${kind}.json`);
  }

  /** Digests, bundles and loader answers of @duende/image. */
  get images(): string {
    return join(this.base, 'images');
  }

  /** State folder of the native adapter that runs the VMMs. */
  get vmm(): string {
    return join(this.base, 'vmm');
  }

  /** State folder of the native adapter that runs the bridges. */
  get bridges(): string {
    return join(this.base, 'bridges');
  }

  /** The page that the supervisor of a bridge writes. */
  bridgeState(vmId: string): string {
    return join(this.bridges, 'native', vmId, 'state');
  }

  /** What is kept of each daemon, by its name. */
  get daemons(): string {
    return join(this.base, 'daemons');
  }

  /** One file for each context identifier that is taken. */
  get cids(): string {
    return join(this.base, 'cids');
  }

  /** Marks of images that a VM was started from. */
  get used(): string {
    return join(this.base, 'used');
  }

  /** The page that the supervisor of a VMM writes. */
  vmmState(vmId: string): string {
    return join(this.vmm, 'native', vmId, 'state');
  }

  /** What belongs to one VM: sockets and the log of events. */
  vm(vmId: string): string {
    return join(this.base, 'vms', vmId);
  }
}
