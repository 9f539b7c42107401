export type { GuestExecOptions, GuestExit, GuestProcess, GuestSession } from './adapter/guest-session.ts';
export type { VmDetails } from './adapter/inspect.ts';
export { PepitaAdapter, type PepitaAdapterOptions } from './adapter/pepita-adapter.ts';
export type { PepitaSettings } from './adapter/settings.ts';
export { vmIdOf } from './adapter/vm-name.ts';
export { findPrebuilt } from './agent/find-agent.ts';
export type { HelloAnswer } from './agent/hello-frame.ts';
export { sayHello } from './agent/say-hello.ts';
export type { Booted } from './boot/boot-vm.ts';
export {
  bootMachine,
  type Machine,
  type OpenMachineOptions,
  openMachine,
  type VmRequest,
} from './boot/machine.ts';
export { type FindKernelOptions, findKernel, type Kernel } from './kernel/kernel.ts';
export { type SetupKernelOptions, setupKernel } from './kernel/setup-kernel.ts';
export { PepitaPaths } from './paths.ts';
export type { PortForward, VmNetwork } from './qemu/vm-config.ts';
export type { VmEnd } from './qemu/vm-end.ts';
export type { Vmm, VmStatus } from './qemu/vmm.ts';
export { makeRootfs, type Rootfs } from './rootfs/rootfs.ts';
export {
  type OpenedVmm,
  type OpenVmmOptions,
  openVmm,
  type VmmEngine,
} from './vmm-rest/open-vmm.ts';
export { type VmmKind, vmmKinds } from './vmm-rest/vmm-kind.ts';
