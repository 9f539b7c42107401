/** The state of a cloud-hypervisor: no VM, one that is created, running, paused (vmm/src/lib.rs and vm.rs). */

import { closeSync, openSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { agentSettings, Guest, type GuestEnd, guestSocket } from '../guest.ts';
import { checkMemory, seal, unseal, writeMemory } from '../snapshot-state.ts';
import { Vsock } from '../vsock.ts';
import type { Monitor } from './monitor.ts';
import { parseBody, Refusal, type VmConfig, vmConfig } from './schemas.ts';

/** Bytes of the memory of a VM that says nothing of it. */
const usualMemory = 512 * 1024 ** 2;

/** The folder of a URL, of which nothing is decoded. */
function folderOf(url: string): string {
  const path = url.startsWith('file://') ? url.slice('file://'.length) : '';
  const isFolder = path !== '' && statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
  if (!isFolder) throw new Refusal(500, 'Invalid URL', `${url} is not a path to a folder`);
  return path;
}

function requireOpen(path: string | undefined, what: string): void {
  try {
    if (path !== undefined) closeSync(openSync(path, 'r'));
  } catch (error) {
    throw new Refusal(500, 'The VM could not boot', what, (error as Error).message);
  }
}

export class Machine {
  readonly #monitor: Monitor;
  readonly #version: string;
  #config: VmConfig | undefined;
  #state: 'Created' | 'Running' | 'Paused' = 'Created';
  #guest: Guest | undefined;
  #vsock: Vsock | undefined;

  constructor(monitor: Monitor, version: string) {
    this.#monitor = monitor;
    this.#version = version;
  }

  info(): unknown {
    if (this.#config === undefined) {
      throw new Refusal(404, 'The VM info is not available', 'VM is not created');
    }
    return { config: this.#config, state: this.#state, memory_actual_size: this.#memory };
  }

  create(config: VmConfig): void {
    if (this.#config) throw new Refusal(500, 'The VM could not be created', 'VM is already created');
    const { cpus, payload } = config;
    if (cpus && cpus.boot_vcpus > cpus.max_vcpus) {
      throw new Refusal(400, 'The VM could not be created', 'Boot vCPUs are more than the maximum');
    }
    if (payload.kernel === undefined && payload.firmware === undefined) {
      throw new Refusal(400, 'The VM could not be created', 'Kernel or firmware missing');
    }
    this.#config = config;
  }

  async boot(): Promise<void> {
    if (this.#guest) throw new Refusal(500, 'The VM could not boot', 'VM is already created');
    if (this.#config === undefined) throw new Refusal(404, 'The VM could not boot', 'VM config is missing');
    this.#monitor.tell('vm', 'booting');
    const { payload } = this.#config;
    requireOpen(payload.kernel ?? payload.firmware, 'Cannot open kernel image');
    requireOpen(payload.initramfs, 'Cannot open initramfs image');
    await this.#makeDevices('The VM could not boot');
    this.#startGuest();
    this.#state = 'Running';
    this.#monitor.tell('vm', 'booted');
  }

  pause(): void {
    this.#change('Running', 'Paused', 'The VM could not be paused');
    this.#monitor.tell('vm', 'pausing');
    this.#freeze();
    this.#monitor.tell('vm', 'paused');
  }

  resume(): void {
    this.#change('Paused', 'Running', 'The VM could not resume');
    this.#monitor.tell('vm', 'resuming');
    this.#guest?.signal('SIGCONT');
    this.#vsock?.resume();
    this.#monitor.tell('vm', 'resumed');
  }

  save(url: string): void {
    const what = 'The VM could not be snapshotted';
    if (!this.#guest) throw new Refusal(500, what, 'VM is not running');
    if (this.#state !== 'Paused') throw new Refusal(500, what, 'VM must be paused to be snapshotted');
    const folder = folderOf(url);
    this.#monitor.tell('vm', 'snapshotting');
    try {
      const memoryId = writeMemory(join(folder, 'memory-ranges'), this.#memory, 'wx');
      const state = seal({ version: this.#version, memoryId });
      for (const [name, text] of [
        ['config.json', JSON.stringify(this.#config)],
        ['state.json', state],
      ] as const) {
        writeFileSync(join(folder, name), text, { flag: 'wx', mode: 0o600 });
      }
    } catch (error) {
      throw new Refusal(500, what, (error as Error).message);
    }
    this.#monitor.tell('vm', 'snapshotted');
  }

  async restore(url: string, resume: boolean): Promise<void> {
    const what = 'The VM could not be restored';
    if (this.#config) throw new Refusal(500, what, 'VM is already created');
    const folder = folderOf(url);
    const read = (name: string): string => readFileSync(join(folder, name), 'utf8');
    this.#monitor.tell('vm', 'restoring');
    try {
      const { version, memoryId } = unseal(read('state.json')) as Record<'version' | 'memoryId', string>;
      if (version !== this.#version) throw new Error(`the snapshot is of version ${version}`);
      this.#config = parseBody(vmConfig, read('config.json'));
      checkMemory(join(folder, 'memory-ranges'), this.#memory, memoryId);
      await this.#makeDevices(what);
    } catch (error) {
      this.#config = undefined;
      throw error instanceof Refusal ? error : new Refusal(500, what, (error as Error).message);
    }
    this.#startGuest();
    this.#state = 'Paused';
    this.#freeze();
    this.#monitor.tell('vm', 'restored');
    if (resume) this.resume();
  }

  get #memory(): number {
    return this.#config?.memory?.size ?? usualMemory;
  }

  get #commandLine(): string {
    return this.#config?.payload.cmdline ?? '';
  }

  #freeze(): void {
    this.#guest?.signal('SIGSTOP');
    this.#vsock?.pause();
  }

  #change(from: 'Running' | 'Paused', to: 'Running' | 'Paused', what: string): void {
    if (!this.#guest) throw new Refusal(500, what, 'VM is not running');
    if (this.#state !== from) {
      throw new Refusal(500, what, `Invalid VM state transition from ${this.#state} to ${to}`);
    }
    this.#state = to;
  }

  async #makeDevices(what: string): Promise<void> {
    for (const disk of this.#config?.disks ?? []) requireOpen(disk.path, 'Cannot open disk path');
    const path = this.#config?.vsock?.socket;
    if (path === undefined) return;
    const guestPort = agentSettings(this.#commandLine).vsock;
    this.#vsock = await Vsock.listen({
      path,
      guestSocket: (port) => (String(port) === guestPort ? guestSocket : undefined),
    }).catch((error: Error) => {
      throw new Refusal(500, what, 'Cannot create virtio-vsock backend', error.message);
    });
  }

  #startGuest(): void {
    process.stdout.write(`[    0.000000] Command line: ${this.#commandLine}\r\n`);
    this.#guest = new Guest(this.#commandLine, (end) => this.#guestEnded(end));
  }

  #guestEnded(end: GuestEnd): void {
    const isPanic = end === 'panic';
    if (isPanic) {
      process.stdout.write('[    9.000000] Kernel panic - not syncing: Fatal exception\r\n');
      if (this.#config?.pvpanic) this.#monitor.tell('guest', 'panic');
    }
    const restarts = isPanic
      ? / panic=-?[1-9]/.test(this.#commandLine)
      : agentSettings(this.#commandLine).after === 'reboot';
    if (restarts) {
      // The same machine again, in this process.
      for (const event of ['rebooting', 'rebooted']) this.#monitor.tell('vm', event);
      this.#vsock?.reset();
      this.#startGuest();
      return;
    }
    if (isPanic) return;
    for (const event of ['shutdown', 'deleted']) this.#monitor.tell('vm', event);
    this.#monitor.tell('vmm', 'shutdown');
    process.exit(0);
  }
}
