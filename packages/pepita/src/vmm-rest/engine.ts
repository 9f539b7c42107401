import type { DaemonExit } from '@duende/core/contract';
import type { VmConfig } from '../qemu/vm-config.ts';
import type { VmEnd } from '../qemu/vm-end.ts';
import type { ProgramKind } from './find-program.ts';
import type { RestClient } from './rest-client.ts';
import type { VmRecord } from './vm-record.ts';
import type { VmmKind } from './vmm-kind.ts';

/** What is written down of a snapshot, and where. */
export interface SnapshotTarget {
  /** Absolute: the state of the devices. It is there already, empty. */
  readonly file: string;
  /** Absolute: where the guest's memory goes. */
  readonly memory: string;
}

/** What there is to know when the process has ended. */
export interface EndOfProcess {
  readonly folder: string;
  readonly exit: DaemonExit | undefined;
  /** The last of the guest's console. */
  readonly console: string;
}

/** What one VMM does its own way; the rest is in `RestVmm`. */
export interface RestEngine {
  readonly kind: Exclude<VmmKind, 'qemu'>;
  readonly program: ProgramKind;
  /** What comes before each path of its API. */
  readonly root: string;
  /** Pure: its arguments. Its working directory is the folder of the VM. */
  args(vmId: string): string[];
  /** Pure. @throws PlatformError Config for what it cannot do, by the name of the setting */
  check(config: VmConfig): void;
  /** Resolves when the API answers. @throws RestAbsence until it listens */
  ping(api: RestClient): Promise<void>;
  /** Makes a machine and boots it. @throws RestRefusal */
  boot(api: RestClient, config: VmConfig): Promise<void>;
  /** Has a guest go on where its snapshot was taken. @throws RestRefusal, system errors */
  restore(
    api: RestClient,
    snapshot: SnapshotTarget & { readonly folder: string; readonly config: VmConfig },
  ): Promise<void>;
  pause(api: RestClient): Promise<void>;
  resume(api: RestClient): Promise<void>;
  /** Writes a paused guest down. @throws RestRefusal, system errors */
  snapshot(api: RestClient, target: SnapshotTarget & { readonly record: VmRecord }): Promise<void>;
  isPaused(api: RestClient): Promise<boolean>;
  /** Why the VM is no more. */
  endOf(end: EndOfProcess): Promise<VmEnd>;
  /**
   * Whether the VM is over although its process runs, where a VMM starts a guest again that wanted to restart.
   * @param folder of the VM
   */
  isOver?(folder: string): Promise<boolean>;
  /** Resolves when the VM is over in this sense; never before the signal when it is not. @throws AbortError */
  untilOver?(folder: string, signal: AbortSignal): Promise<void>;
}

/** Milliseconds for what writes or reads all of a guest's memory. */
export const memoryPatience = 120_000;

/** Line of the guest's console when its kernel gives up. */
export const panicLine = /Kernel panic - not syncing/;

/** Signals by which a program of the host ends itself or is ended for its faults. */
export const faults: ReadonlySet<string> = new Set([
  'SIGSEGV',
  'SIGABRT',
  'SIGBUS',
  'SIGILL',
  'SIGFPE',
  'SIGSYS',
  'SIGTRAP',
]);
