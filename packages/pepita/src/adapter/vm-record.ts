import type { VmNetwork } from '../qemu/vm-config.ts';
import type { VmmKind } from '../vmm-rest/vmm-kind.ts';

/** What a VM is started from, kept beside the spec: a restart needs nothing else. JSON. */
export interface VmRecord {
  readonly vmId: string;
  /** Of its VMM, bridge and folder, where it was there before the daemon: kept ready. `vmId` without it. */
  readonly machineId?: string;
  /** Context identifier of vsock, 3 or more, of no other VM here. It is the guest's number where QEMU has no vsock, too. */
  readonly cid: number;
  /** It was asked for: the daemon has it for as long as it is there. */
  readonly isCidGiven?: true;
  /** What runs it; QEMU without it. */
  readonly vmm?: Exclude<VmmKind, 'qemu'>;
  /** As given in the spec. */
  readonly kernel?: string;
  readonly vcpus: number;
  /** Bytes. */
  readonly memory: number;
  readonly network?: VmNetwork;
  /** False boots the guest always. */
  readonly template: boolean;
  readonly rootfs: {
    /** SHA-256 of what is in it. */
    readonly key: string;
    readonly diskSize: number;
    /** Absolute, when there is no link to it in the daemon's folder. */
    readonly file?: string;
    readonly type: string;
  };
  /** Programs that a snapshot of this image has run. */
  readonly warm?: readonly (readonly string[])[];
  readonly readOnly: boolean;
  readonly writable: readonly string[];
  /** What to execute: a path in the root. */
  readonly program: string;
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly healthCommand?: string;
  readonly user: { readonly uid: number; readonly gid: number; readonly groups: readonly number[] };
}
