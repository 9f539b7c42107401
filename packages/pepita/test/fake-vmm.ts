import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { dirname, join } from 'node:path';
import { failure } from '../src/fail.ts';
import type { PepitaPaths } from '../src/paths.ts';
import { type VmConfig, vmFiles } from '../src/qemu/vm-config.ts';
import type { Vmm, VmStatus } from '../src/qemu/vmm.ts';

/** What a guest does once it is started: answers, hangs, or ends. */
export type Behaviour = 'answers' | 'hangs' | 'panics' | 'does not start' | 'is there';

/** How the guest that is started as the so-manieth one behaves. */
export type Behave = (config: VmConfig & { readonly incoming: boolean }, count: number) => Behaviour;

/** VMs without QEMU: an agent's socket each. */
export class FakeVmm implements Vmm {
  readonly kind = 'qemu' as const;
  readonly started: (VmConfig & { readonly incoming: boolean })[] = [];
  readonly #paths: PepitaPaths;
  readonly #behave: Behave;
  readonly #servers = new Map<string, Server>();
  readonly #ended = new Set<string>();

  constructor(paths: PepitaPaths, behave: Behave) {
    this.#paths = paths;
    this.#behave = behave;
  }

  get running(): string[] {
    return [...this.#servers.keys()];
  }

  async start(vmId: string, config: VmConfig, snapshot?: string): Promise<void> {
    const asked = { ...config, incoming: snapshot !== undefined };
    const behaviour = this.#behave(asked, this.started.length);
    this.started.push(asked);
    if (behaviour === 'does not start') throw failure('QEMU does not start: no', 'exec-failed');
    if (behaviour === 'is there') throw failure('There is a VM already', 'already-exists');
    const folder = this.#paths.vm(vmId);
    mkdirSync(folder, { recursive: true });
    if (config.memoryFile?.shared) writeFileSync(config.memoryFile.path, 'memory');
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      if (behaviour === 'panics') {
        this.#ended.add(vmId);
        socket.destroy();
      }
      socket.once('data', (hello) => {
        if (behaviour !== 'answers') return;
        const answer = Buffer.alloc(12 + 96);
        answer.writeUInt32LE(96);
        answer.writeUInt16LE(65, 4);
        (hello as Buffer).copy(answer, 12, 32, 48);
        socket.write(answer);
      });
    });
    this.#servers.set(vmId, server);
    await new Promise<void>((resolve) => server.listen(join(folder, vmFiles.agent), resolve));
  }

  async pause(): Promise<void> {}

  async resume(): Promise<void> {}

  async snapshot(_vmId: string, file: string): Promise<number> {
    if (!existsSync(dirname(file))) throw new Error('no folder');
    writeFileSync(file, 'state');
    return 5;
  }

  async kill(vmId: string): Promise<void> {
    this.#servers.get(vmId)?.close();
    this.#servers.delete(vmId);
  }

  async status(vmId: string): Promise<VmStatus> {
    if (this.#ended.has(vmId)) return { state: 'ended', end: 'panic' };
    if (!this.#servers.has(vmId)) return { state: 'missing' };
    return { state: 'running', pid: process.pid, startTime: 0n, startedAt: '' };
  }

  async wait(vmId: string): Promise<VmStatus> {
    return await this.status(vmId);
  }

  async console(): Promise<string[]> {
    return ['booting', '[ 1.0] Kernel panic - not syncing: Attempted to kill init!'];
  }

  async remove(vmId: string): Promise<void> {
    await this.kill(vmId);
    this.#ended.delete(vmId);
    rmSync(this.#paths.vm(vmId), { recursive: true, force: true });
  }
}
