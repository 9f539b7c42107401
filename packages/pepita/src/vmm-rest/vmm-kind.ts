/** What can run VMs. QEMU does unless another one is asked for: the others need a KVM that works. */
export const vmmKinds = ['qemu', 'firecracker', 'cloud-hypervisor'] as const;
export type VmmKind = (typeof vmmKinds)[number];

/** As users know them, for messages. */
export const vmmTitles: Readonly<Record<VmmKind, string>> = {
  qemu: 'QEMU',
  firecracker: 'Firecracker',
  'cloud-hypervisor': 'cloud-hypervisor',
};
