/** The state of a Firecracker: not started, running, paused; and what is refused in which (src/vmm/src/rpc_interface.rs). */

import { readFileSync, writeFileSync } from 'node:fs';
import { agentSettings, Guest, type GuestEnd, guestSocket } from '../guest.ts';
import { checkMemory, seal, unseal, writeMemory } from '../snapshot-state.ts';
import { Vsock } from '../vsock.ts';
import { addDrive, checkBoot, checkMachine, type Resources, requireOpen, usualMachine } from './resources.ts';
import { type BootSource, type Drive, Fault, type MachineConfig, type VsockConfig } from './schemas.ts';

const mebibyte = 1024 ** 2;

const preBoot = 'The requested operation is not supported before starting the microVM.';
const postBoot = 'The requested operation is not supported after starting the microVM.';

export class Machine {
  state: 'Not started' | 'Running' | 'Paused' = 'Not started';
  #resources: Resources = { machine: usualMachine, boot: undefined, drives: [], vsock: undefined };
  #isBootPath = false;
  #vsock: Vsock | undefined;
  #guest: Guest | undefined;
  #resetOnResume = false;
  readonly #version: string;

  constructor(version: string) {
    this.#version = version;
  }

  get machineConfig(): MachineConfig {
    return this.#resources.machine;
  }

  setMachine(config: MachineConfig): void {
    this.#configure();
    this.#resources.machine = checkMachine(config);
  }

  setBoot(config: BootSource): void {
    this.#configure();
    this.#resources.boot = checkBoot(config);
  }

  setDrive(id: string, config: Drive): void {
    this.#configure();
    this.#resources.drives = addDrive(this.#resources.drives, id, config);
  }

  async setVsock(config: VsockConfig): Promise<void> {
    this.#configure();
    this.#vsock = await this.#listen(config.uds_path);
    this.#resources.vsock = config;
  }

  setEntropy(): void {
    this.#configure();
  }

  start(fault: string | undefined): void {
    if (this.state !== 'Not started') throw new Fault(postBoot);
    if (this.#resources.boot === undefined) {
      throw new Fault('Start microvm error: Cannot start microvm without kernel configuration.');
    }
    if (fault !== undefined) throw new Fault(`Start microvm error: ${fault}`);
    this.state = 'Running';
    this.#startGuest();
  }

  requireRunning(): void {
    if (this.state === 'Not started') throw new Fault(preBoot);
  }

  pause(): void {
    this.requireRunning();
    this.#guest?.signal('SIGSTOP');
    this.#vsock?.pause();
    this.state = 'Paused';
  }

  resume(): void {
    this.requireRunning();
    if (this.#resetOnResume) this.#vsock?.reset();
    this.#resetOnResume = false;
    this.#guest?.signal('SIGCONT');
    this.#vsock?.resume();
    this.state = 'Running';
  }

  save(statePath: string, memoryPath: string): void {
    this.requireRunning();
    if (this.state !== 'Paused') {
      throw new Fault(
        'Create snapshot error: Cannot save the microVM state: Cannot save Vcpu state: save/restore unavailable while running',
      );
    }
    try {
      const memoryId = writeMemory(memoryPath, this.#resources.machine.mem_size_mib * mebibyte, 'w');
      writeFileSync(statePath, seal({ version: this.#version, memoryId, resources: this.#resources }));
    } catch (error) {
      throw new Fault(`Create snapshot error: Cannot write memory file: ${(error as Error).message}`);
    }
    // docs/snapshotting/snapshot-support.md: the vsock device is reset, its connections end when the guest goes on.
    this.#resetOnResume = true;
  }

  /** @throws Fault; the process is of no use then unless it is about the order */
  async load(statePath: string, memoryPath: string, resume: boolean): Promise<void> {
    if (this.state !== 'Not started') throw new Fault(postBoot);
    if (this.#isBootPath) {
      throw new Fault(
        'Load snapshot error: Loading a microVM snapshot not allowed after configuring boot-specific resources.',
      );
    }
    this.#isBootPath = true;
    try {
      const found = unseal(readFileSync(statePath, 'utf8')) as {
        readonly version: string;
        readonly memoryId: string;
        readonly resources: Resources;
      };
      if (found.version !== this.#version) throw new Error(`Invalid data version: ${found.version}`);
      this.#resources = found.resources;
      checkMemory(memoryPath, this.#resources.machine.mem_size_mib * mebibyte, found.memoryId);
      for (const one of this.#resources.drives) requireOpen(one.path_on_host ?? '', 'drive');
      if (this.#resources.vsock) this.#vsock = await this.#listen(this.#resources.vsock.uds_path);
    } catch (error) {
      throw new Fault(`Load snapshot error: Failed to restore from snapshot: ${(error as Error).message}`, {
        cause: 'fatal',
      });
    }
    this.state = 'Paused';
    this.#startGuest();
    if (resume) this.resume();
    else this.pause();
  }

  #configure(): void {
    if (this.state !== 'Not started') throw new Fault(postBoot);
    this.#isBootPath = true;
  }

  async #listen(path: string): Promise<Vsock> {
    const guestPort = () => agentSettings(this.#commandLine).vsock;
    const guestSocketOf = (port: number) => (String(port) === guestPort() ? guestSocket : undefined);
    return await Vsock.listen({ path, guestSocket: guestSocketOf }).catch((error: Error) => {
      throw new Fault(`Vsock config error: Cannot create backend for vsock device: ${error.message}`);
    });
  }

  get #commandLine(): string {
    return this.#resources.boot?.boot_args ?? '';
  }

  #startGuest(): void {
    process.stdout.write(`[    0.000000] Command line: ${this.#commandLine}\r\n`);
    this.#guest = new Guest(this.#commandLine, (end) => this.#guestEnded(end));
  }

  #guestEnded(end: GuestEnd): void {
    const words = this.#commandLine.split(' ');
    const isPanic = end === 'panic';
    if (isPanic) process.stdout.write('[    9.000000] Kernel panic - not syncing: Fatal exception\r\n');
    const restarts = isPanic
      ? words.some((word) => /^panic=-?[1-9]/.test(word))
      : agentSettings(this.#commandLine).after === 'reboot';
    // Only a guest that restarts by the keyboard controller ends a Firecracker; one that switches itself off stands still in it.
    if (restarts && words.includes('reboot=k')) process.exit(0);
    process.stdout.write('[    9.000001] reboot: System halted\r\n');
  }
}
