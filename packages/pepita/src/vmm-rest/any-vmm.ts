import { PepitaPaths } from '../paths.ts';
import { QemuVmm } from '../qemu/qemu-vmm.ts';
import type { Vmm, VmStatus } from '../qemu/vmm.ts';
import { loadDriver } from './open-vmm.ts';
import type { RestVmm } from './rest-vmm.ts';
import { readRecord } from './vm-record.ts';
import type { VmmKind } from './vmm-kind.ts';

/** For VMs that are there, whatever VMM runs them. */
export type VmControl = Omit<Vmm, 'kind' | 'vsockPort' | 'start'>;

/** Has each VM looked after by the driver of the VMM that it was started with, as its folder tells. Starts none. */
export class AnyVmm implements VmControl {
  readonly #stateDirectory: string;
  readonly #paths: PepitaPaths;
  readonly #qemu: QemuVmm;
  readonly #others = new Map<VmmKind, Promise<RestVmm>>();

  constructor(stateDirectory: string) {
    this.#stateDirectory = stateDirectory;
    this.#paths = new PepitaPaths(stateDirectory);
    this.#qemu = new QemuVmm({ stateDirectory, program: '' });
  }

  async pause(vmId: string): Promise<void> {
    await (await this.#of(vmId)).pause(vmId);
  }

  async resume(vmId: string): Promise<void> {
    await (await this.#of(vmId)).resume(vmId);
  }

  async snapshot(vmId: string, file: string): Promise<number> {
    return await (await this.#of(vmId)).snapshot(vmId, file);
  }

  async kill(vmId: string): Promise<void> {
    await (await this.#of(vmId)).kill(vmId);
  }

  async status(vmId: string): Promise<VmStatus> {
    return await (await this.#of(vmId)).status(vmId);
  }

  async wait(vmId: string, options?: { readonly signal?: AbortSignal }): Promise<VmStatus> {
    return await (await this.#of(vmId)).wait(vmId, options);
  }

  async console(vmId: string, lines: number): Promise<string[]> {
    return await (await this.#of(vmId)).console(vmId, lines);
  }

  async remove(vmId: string): Promise<void> {
    await (await this.#of(vmId)).remove(vmId);
  }

  /** Ends what the native adapters have kept ready. VMs go on. */
  async close(): Promise<void> {
    const others = [...this.#others.values()];
    this.#others.clear();
    await this.#qemu.close();
    for (const other of others) await (await other).close();
  }

  /** A folder without a record is that of QEMU; without a folder there is nothing that one of them would do otherwise. */
  async #of(vmId: string): Promise<QemuVmm | RestVmm> {
    const record = await readRecord(this.#paths.vm(vmId)).catch(() => undefined);
    if (record === undefined) return this.#qemu;
    const { kind } = record;
    const known =
      this.#others.get(kind) ?? loadDriver(kind, { stateDirectory: this.#stateDirectory, program: '' });
    this.#others.set(kind, known);
    return await known;
  }
}
