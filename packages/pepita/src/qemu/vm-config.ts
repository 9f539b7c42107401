/** A port of the host that leads to one of the guest. */
export interface PortForward {
  readonly protocol: 'tcp' | 'udp';
  /** On 127.0.0.1 of the host. */
  readonly hostPort: number;
  readonly guestPort: number;
}

/** A network in user mode; without one the guest has none. */
export interface VmNetwork {
  readonly ports: readonly PortForward[];
  /** Whether the guest may connect to others. It reaches services on the host's loopback by 10.0.2.2 then. */
  readonly outbound: boolean;
}

/** Hardware of a guest, and what it boots. */
export interface VmConfig {
  readonly accel: 'kvm' | 'tcg';
  /** QEMU's name of the processor; `host` with KVM and `Nehalem-v1` with ARAT under TCG without it. */
  readonly cpu?: string | undefined;
  readonly vcpus: number;
  /** Bytes, a whole number of MiB. */
  readonly memory: number;
  /** File of a vmlinux or bzImage. */
  readonly kernel: string;
  readonly initramfs: string;
  /** Further words of the kernel's command line. */
  readonly commandLine?: string | undefined;
  /** Context identifier of vsock, 3 or more, where the VMM has vsock; 3 without it. */
  readonly cid?: number | undefined;
  /** An image, attached read-only: /dev/vda. It may be removed while the VM runs. */
  readonly disk?: string | undefined;
  readonly network?: VmNetwork | undefined;
  /** kHz of the host's time stamp counter, where it is known. */
  readonly tscKhz?: number | undefined;
  /** A file that is the guest's memory. `shared`: what the guest writes is in the file; else each guest has its own copy of what it wrote. */
  readonly memoryFile?: { readonly path: string; readonly shared: boolean } | undefined;
  /** The VMM is started again when it dies, by its own supervisor, and its guest boots then. Without it: never. */
  readonly restart?: VmRestart | undefined;
}

/** When a VMM that has died is started again: as `restart` of a spec. */
export interface VmRestart {
  /** Milliseconds. */
  readonly delay: number;
  readonly factor: number;
  readonly maxDelay: number;
  readonly maxRestarts: number;
  readonly window: number;
}

/** Names of files in the folder of a VM, which QEMU has as its working directory: a socket's path may not be long. */
export const vmFiles = {
  /** QMP, one client at a time. */
  qmp: 'qmp',
  /** The other end of the guest's port `dev.duende.agent`. */
  agent: 'agent',
  /** What QEMU reads as if a client of QMP sent it: the request to write events down. */
  eventsIn: 'events.in',
  /** What has happened to the VM, JSON lines, written by QEMU itself. */
  eventsOut: 'events.out',
  /** What the VMM before this one has written into `events.out`. */
  eventsLast: 'events.last',
  /** Arguments of a VMM that is started again, each with a NUL; `argvFirst` those of its first start, gone by then. */
  argv: 'argv',
  argvFirst: 'argv.first',
  /** PID and start time of the VMM, written by `duende-bridge vmm`. */
  pid: 'pid',
  /** There when it was kept ready and has become a daemon's. */
  taken: 'taken',
  /** A link to the image. */
  disk: 'disk',
} as const;

/** Name of the port in the guest: /dev/virtio-ports/dev.duende.agent. */
export const agentPort = 'dev.duende.agent';
