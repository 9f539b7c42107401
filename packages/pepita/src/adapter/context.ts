import type { NativeAdapter } from '@duende/native';
import { type Machine, type OpenMachineOptions, openMachine } from '../boot/machine.ts';
import { PepitaPaths } from '../paths.ts';
import { Spares } from '../spare/spares.ts';
import { AnyVmm } from '../vmm-rest/any-vmm.ts';
import { DaemonStore } from './daemon-store.ts';

export interface ContextOptions extends Omit<OpenMachineOptions, 'agentConfig'> {
  readonly onProgress?: ((message: string) => void) | undefined;
}

/** What every operation works with. */
export class Context {
  readonly paths: PepitaPaths;
  readonly store: DaemonStore;
  /** For VMs that are there: it starts none. */
  readonly vmm: AnyVmm;
  readonly options: ContextOptions;
  /** What is kept ready for the next spawn. */
  readonly spares = new Spares();
  readonly #machines = new Map<string, Promise<Machine>>();
  #bridges: Promise<NativeAdapter> | undefined;

  constructor(options: ContextOptions) {
    const { stateDirectory } = options;
    this.options = options;
    this.paths = new PepitaPaths(stateDirectory);
    this.store = new DaemonStore(this.paths);
    this.vmm = new AnyVmm(stateDirectory);
  }

  /** What VMs of a kernel and a VMM have in common, found once. @throws PlatformError see openMachine */
  async machine(kernel = this.options.kernel, vmm = this.options.vmm): Promise<Machine> {
    const key = `${vmm ?? 'qemu'} ${kernel ?? ''}`;
    let opened = this.#machines.get(key);
    if (opened === undefined) {
      const { onProgress, ...options } = this.options;
      opened = openMachine({ ...options, kernel, vmm });
      this.#machines.set(key, opened);
      opened.then(
        ({ warnings }) => {
          for (const warning of warnings) onProgress?.(warning);
        },
        // It may be there the next time.
        () => this.#machines.delete(key),
      );
    }
    return await opened;
  }

  /** What runs the bridges. */
  bridges(): Promise<NativeAdapter> {
    this.#bridges ??= import('@duende/native').then(
      ({ NativeAdapter }) => new NativeAdapter({ stateDirectory: this.paths.bridges }),
    );
    return this.#bridges;
  }

  async close(): Promise<void> {
    await this.spares.close();
    const machines = await Promise.allSettled(this.#machines.values());
    this.#machines.clear();
    for (const opened of machines) if (opened.status === 'fulfilled') await opened.value.vmm.close();
    await this.vmm.close();
    await (await this.#bridges)?.close();
    this.#bridges = undefined;
  }
}
