import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bootMachine, type Machine, type VmRequest } from '../boot/machine.ts';
import { ownVmId } from '../boot/own-vm-id.ts';
import { sweepOwnVms } from '../boot/sweep.ts';
import { vmFiles } from '../qemu/vm-config.ts';
import { SpareGuest } from './spare-guest.ts';

/** A VM that is wanted once more. */
export interface WantedSpare {
  readonly machine: Machine;
  readonly request: Omit<VmRequest, 'vmId' | 'hello'>;
  /** What its guest rehearses: a page and a configuration each. */
  readonly rehearsals: readonly { readonly page: Buffer; readonly config: Buffer }[];
}

interface Spare {
  readonly key: string;
  readonly machine: Machine;
  readonly vmId: string;
  readonly guest: SpareGuest;
}

/** Milliseconds after a spawn: who spawns once and ends needs none, and who spawns several at once has no processor to spare. */
const pause = 250;
/** Milliseconds after the last spawn that one is kept. */
const keptFor = 60_000;
/** Milliseconds that its making may take. */
const patience = 60_000;

/**
 * Keeps one VM ready for a program that has started two that are alike. Only where the processor is emulated: the first run of any code
 * has to be translated, which takes longer than all the rest of a start, and which no snapshot keeps. It ends with this process.
 */
export class Spares {
  #last = '';
  #ready: Spare | undefined;
  #making: { readonly abort: AbortController; readonly done: Promise<void> } | undefined;
  #timer: NodeJS.Timeout | undefined;

  /**
   * The VM of this key, the caller's from then on: it stays when this process ends. `undefined` when there is none.
   * @param claim notes whose it is, before it could outlive us
   */
  async take(key: string, claim: (vmId: string) => void): Promise<string | undefined> {
    clearTimeout(this.#timer);
    const spare = this.#ready;
    if (spare?.key !== key) return undefined;
    this.#ready = undefined;
    const { machine, vmId, guest } = spare;
    try {
      claim(vmId);
      await writeFile(join(machine.paths.vm(vmId), vmFiles.taken), '', { flag: 'wx', mode: 0o600 });
      await guest.keep(AbortSignal.timeout(5000));
      return vmId;
    } catch {
      // It has ended, or does not answer: the caller starts another one.
      await machine.vmm.remove(vmId).catch(() => undefined);
      return undefined;
    } finally {
      guest.close();
    }
  }

  /** One that is alike has been started. */
  started(key: string, wanted: () => WantedSpare): void {
    const isSecond = this.#last === key;
    this.#last = key;
    if (!isSecond || this.#making !== undefined || this.#ready?.key === key) this.#expire();
    else {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.#begin(key, wanted()), pause).unref();
    }
  }

  #expire(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#drop(), keptFor).unref();
  }

  #begin(key: string, wanted: WantedSpare): void {
    const abort = new AbortController();
    const done = this.#make(key, wanted, AbortSignal.any([abort.signal, AbortSignal.timeout(patience)]))
      // The next spawn starts as if there were none.
      .catch(() => undefined)
      .finally(() => {
        this.#making = undefined;
      });
    this.#making = { abort, done };
    this.#expire();
  }

  async #make(
    key: string,
    { machine, request, rehearsals }: WantedSpare,
    signal: AbortSignal,
  ): Promise<void> {
    await this.#drop();
    const { vmm, paths } = machine;
    await sweepOwnVms(vmm, paths);
    const vmId = ownVmId('spare');
    let guest: SpareGuest | undefined;
    try {
      const hello = async (given: AbortSignal) => {
        try {
          guest = await SpareGuest.open(paths.vm(vmId), AbortSignal.any([given, signal]));
        } catch (error) {
          // That we gave up says nothing of the snapshot, which would be removed, and the guest booted, as if it were damaged.
          if (!signal.aborted) throw error;
        }
      };
      signal.throwIfAborted();
      await bootMachine(machine, { ...request, vmId, hello });
      for (const { page, config } of rehearsals) await guest?.rehearse(page, config, signal);
      signal.throwIfAborted();
      if (guest !== undefined) this.#ready = { key, machine, vmId, guest };
    } catch (error) {
      guest?.close();
      await vmm.remove(vmId);
      throw error;
    }
  }

  async #drop(): Promise<void> {
    const spare = this.#ready;
    this.#ready = undefined;
    if (spare === undefined) return;
    spare.guest.close();
    await spare.machine.vmm.remove(spare.vmId).catch(() => undefined);
  }

  /** Ends what was kept. */
  async close(): Promise<void> {
    clearTimeout(this.#timer);
    this.#last = '';
    this.#making?.abort.abort();
    await this.#making?.done;
    await this.#drop();
  }
}
