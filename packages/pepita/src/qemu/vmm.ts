import type { DaemonExit } from '@duende/core/contract';
import type { VmmKind } from '../vmm-rest/vmm-kind.ts';
import type { VmConfig } from './vm-config.ts';
import type { VmEnd } from './vm-end.ts';

/** What is known of a VM from outside of it. */
export type VmStatus =
  | {
      readonly state: 'running' | 'paused';
      /** Of the process that runs the VM; with its start time it is never another one's in one boot. */
      readonly pid: number;
      /** Clock ticks since boot. */
      readonly startTime: bigint;
      /** ISO 8601. */
      readonly startedAt: string;
    }
  | { readonly state: 'ended'; readonly end: VmEnd; readonly exit?: DaemonExit; readonly finishedAt?: string }
  /** It was removed, or never was. */
  | { readonly state: 'missing' };

/**
 * What runs VMs: one process per VM, which outlives whoever started it. VMs are known by an id, which is the name of their folder.
 * Everything but `start` may be called by any process that has the state folder.
 */
export interface Vmm {
  readonly kind: VmmKind;
  /** The port of the guest at which the agent is, behind the socket `agent`; without one the socket is the agent's own. See `connectAgent`. */
  readonly vsockPort?: number | undefined;
  /**
   * Starts a VM and resolves when it can be talked to. With a snapshot the guest goes on where that was taken, else it boots.
   * @throws PlatformError `already-exists` when the id is taken, `exec-failed` when the VMM refuses its arguments (nothing is left
   * then), others when it does not take the snapshot
   */
  start(vmId: string, config: VmConfig, snapshot?: string): Promise<void>;
  /** Freezes all of the guest. */
  pause(vmId: string): Promise<void>;
  resume(vmId: string): Promise<void>;
  /**
   * Writes a paused VM to a new file: its devices, and its memory unless that is a shared file. It fits VMs of the same config.
   * @returns bytes
   */
  snapshot(vmId: string, file: string): Promise<number>;
  /** Ends the VM at once, whatever the guest does; resolves when the process is gone. Does nothing when it is gone already. */
  kill(vmId: string): Promise<void>;
  status(vmId: string): Promise<VmStatus>;
  /** Resolves with the end of the VM. */
  wait(vmId: string, options?: { readonly signal?: AbortSignal }): Promise<VmStatus>;
  /** The last of the guest's console and of what the VMM itself says, oldest first. */
  console(vmId: string, lines: number): Promise<string[]>;
  /** Kills the VM, and removes everything of it. Does nothing when there is nothing. */
  remove(vmId: string): Promise<void>;
}
