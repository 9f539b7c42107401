import {
  type Availability,
  type Capabilities,
  type DaemonHandle,
  type DaemonSpecInput,
  type DaemonStats,
  type DaemonStatus,
  type LogLine,
  type LogsOptions,
  type PlatformAdapter,
  type RemoveOptions,
  type Signal,
  type StopOptions,
  stateDirectory,
  type TracerHandle,
  type TracerOptions,
  type WaitOptions,
} from '@duende/core/contract';
import type { VmmKind } from '../vmm-rest/vmm-kind.ts';
import { pepitaCapabilities } from './capabilities.ts';
import { Context } from './context.ts';
import { failed } from './failures.ts';
import { findDaemon, findProblems, listDaemons } from './find.ts';
import type { GuestSession } from './guest-session.ts';
import type { VmDetails } from './inspect.ts';
import { readStatus } from './status.ts';

export interface PepitaAdapterOptions {
  /** Absolute. `$DUENDE_STATE_DIR`, else the XDG state folder, without it. */
  readonly stateDirectory?: string;
  /** Absolute: a vmlinux or bzImage with what a guest needs built in, or a folder of `pepita setup`. The newest of these without it. */
  readonly kernel?: string;
  /** What runs the VMs whose spec does not say (`platform.pepita.vmm`): `qemu` without it. */
  readonly vmm?: VmmKind;
  /** Absolute, each: the program of a VMM; the first in PATH without it. */
  readonly qemu?: string;
  readonly firecracker?: string;
  readonly cloudHypervisor?: string;
  /** Absolute: another device than /dev/kvm, for Firecracker and cloud-hypervisor. */
  readonly kvmDevice?: string;
  /** Without it KVM where a boot shows that it works, else TCG, which only QEMU has. */
  readonly accel?: 'kvm' | 'tcg';
  /** Told what takes time and what works less well than it could: a guest without KVM, one that was booted without a snapshot. */
  readonly onProgress?: (message: string) => void;
}

/** Runs each daemon in a microVM of its own, `duende-vm-<name>`, on QEMU unless another VMM is chosen. PIDs are those of the guest, of no other guest here. */
export class PepitaAdapter implements PlatformAdapter {
  readonly platform = 'pepita' as const;
  readonly #options: PepitaAdapterOptions;
  #context: Context | undefined;
  #capabilities: Capabilities | undefined;

  constructor(options: PepitaAdapterOptions = {}) {
    this.#options = options;
  }

  get capabilities(): Capabilities {
    this.#capabilities ??= pepitaCapabilities(this.#options.vmm);
    return this.#capabilities;
  }

  async probe(): Promise<Availability> {
    const { program } = this.capabilities.daemons;
    if (!program.supported)
      return { available: false, why: program.why, fix: program.fix ?? 'Use another platform' };
    const { probePepita } = await import('./probe.ts');
    return await probePepita(this.#opened);
  }

  async spawn(daemon: DaemonSpecInput): Promise<DaemonHandle> {
    const { parseSpec } = await import('@duende/core');
    const spec = parseSpec(daemon, 'pepita');
    this.#requireHere('spawn');
    const { spawnDaemon } = await import('./spawn.ts');
    return await spawnDaemon(this.#opened, spec, this.capabilities, daemon);
  }

  async signal(handle: DaemonHandle, signal: Signal): Promise<void> {
    const { signalDaemon } = await import('./signal.ts');
    await signalDaemon(this.#opened, handle, signal);
  }

  async status(handle: DaemonHandle): Promise<DaemonStatus> {
    return await readStatus(this.#opened, handle, { code: 'StatusFailed', name: 'status' });
  }

  async attachTracer(handle: DaemonHandle, options: TracerOptions = {}): Promise<TracerHandle> {
    const { traceDaemon } = await import('./trace.ts');
    return await traceDaemon(this.#opened, handle, options);
  }

  async stop(handle: DaemonHandle, options: StopOptions = {}): Promise<DaemonStatus> {
    const { stopDaemon } = await import('./stop.ts');
    return await stopDaemon(this.#opened, handle, options);
  }

  async restart(handle: DaemonHandle, options: StopOptions = {}): Promise<DaemonHandle> {
    await this.stop(handle, options);
    const { restartDaemon } = await import('./restart.ts');
    return await restartDaemon(this.#opened, handle);
  }

  async wait(handle: DaemonHandle, options: WaitOptions = {}): Promise<DaemonStatus> {
    const { waitForEnd } = await import('./wait.ts');
    return await waitForEnd(this.#opened, handle, options);
  }

  async *logs(handle: DaemonHandle, options: LogsOptions = {}): AsyncGenerator<LogLine> {
    const { readLogs } = await import('./logs.ts');
    yield* readLogs(this.#opened, handle, options);
  }

  async stats(handle: DaemonHandle): Promise<DaemonStats> {
    const { readStats } = await import('./stats.ts');
    return await readStats(this.#opened, handle);
  }

  async list(): Promise<DaemonHandle[]> {
    return await listDaemons(this.#opened);
  }

  async find(name: string): Promise<DaemonHandle | undefined> {
    return await findDaemon(this.#opened, name);
  }

  async remove(handle: DaemonHandle, options: RemoveOptions = {}): Promise<void> {
    const { removeDaemon } = await import('./remove.ts');
    await removeDaemon(this.#opened, handle, options);
  }

  async problems(): Promise<string[]> {
    return findProblems(this.#opened);
  }

  /** The VM of a daemon: its hardware, its process and the memory of that, what the guest says. @throws PlatformError StatusFailed */
  async inspect(handle: DaemonHandle): Promise<VmDetails> {
    const { inspectVm } = await import('./inspect.ts');
    return await inspectVm(this.#opened, handle);
  }

  /**
   * A connection to the guest: to run programs in it, write files, read its numbers. The caller closes it.
   * @throws PlatformError StatusFailed / not-found, not-running
   */
  async openGuest(handle: DaemonHandle): Promise<GuestSession> {
    const { openGuest } = await import('./open-guest.ts');
    return await openGuest(this.#opened, handle);
  }

  /** The last of the guest's console and of what the VMM says, oldest first. @throws PlatformError StatusFailed / not-found */
  async console(handle: DaemonHandle, lines = 100): Promise<string[]> {
    const { readConsole } = await import('./open-guest.ts');
    return await readConsole(this.#opened, handle, lines);
  }

  async close(): Promise<void> {
    await this.#context?.close();
    this.#context = undefined;
  }

  get #opened(): Context {
    const { stateDirectory: folder = stateDirectory(), ...options } = this.#options;
    this.#context ??= new Context({ ...options, stateDirectory: folder });
    return this.#context;
  }

  /** @throws PlatformError NotSupported / unavailable on machines without microVMs */
  #requireHere(operation: string): void {
    const { program } = this.capabilities.daemons;
    if (program.supported) return;
    throw failed({ code: 'NotSupported', name: operation }, program.why, 'unavailable', program.fix);
  }
}
