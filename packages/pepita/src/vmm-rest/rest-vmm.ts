import { chmod, open, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type DaemonHandle, type DaemonStatus, isTerminal } from '@duende/core/contract';
import type { NativeAdapter } from '@duende/native';
import { failure, messageOf } from '../fail.ts';
import { PepitaPaths } from '../paths.ts';
import { type VmConfig, vmFiles } from '../qemu/vm-config.ts';
import type { Vmm, VmStatus } from '../qemu/vmm.ts';
import { awaitApi } from './await-api.ts';
import { describeVm, readConsole } from './describe-vm.ts';
import type { RestEngine } from './engine.ts';
import { kvmDevice, requireKvm } from './kvm-device.ts';
import { launchVmm } from './launch.ts';
import { patiently } from './patiently.ts';
import { RestAbsence, RestClient, RestRefusal } from './rest-client.ts';
import { startError } from './start-error.ts';
import { memoryOf, readRecord, restFiles } from './vm-record.ts';
import { agentVsockPort } from './vsock-channel.ts';

export interface RestVmmOptions {
  readonly stateDirectory: string;
  /** The program, absolute. */
  readonly program: string;
  /** Another device than /dev/kvm. */
  readonly kvmDevice?: string | undefined;
}

/** Milliseconds until a VMM that was started listens: a loaded machine may be slow. */
const startPatience = 60_000;

/** Runs VMs with a VMM that has a REST API at a unix socket. Each VMM is a daemon of the native adapter, in a state folder of its own. */
export class RestVmm implements Vmm {
  readonly kind: RestEngine['kind'];
  readonly vsockPort = agentVsockPort;
  readonly #engine: RestEngine;
  readonly #options: RestVmmOptions;
  readonly #paths: PepitaPaths;
  #native: Promise<NativeAdapter> | undefined;

  constructor(engine: RestEngine, options: RestVmmOptions) {
    this.kind = engine.kind;
    this.#engine = engine;
    this.#options = options;
    this.#paths = new PepitaPaths(options.stateDirectory);
  }

  async start(vmId: string, config: VmConfig, snapshot?: string): Promise<void> {
    const engine = this.#engine;
    const { title } = engine.program;
    engine.check(config);
    await requireKvm(title, this.#options.kvmDevice ?? kvmDevice);
    const [folder, native] = [this.#paths.vm(vmId), await this.#adapter()];
    const { program } = this.#options;
    const { kind } = engine;
    const handle = await launchVmm({ native, folder, kind, program, args: engine.args(vmId), vmId, config });
    const api = this.#api(vmId);
    let isUp = false;
    try {
      const isGone = async () => isTerminal(await native.status(handle));
      await awaitApi({ title, ping: () => engine.ping(api), isGone, patience: startPatience });
      isUp = true;
      if (snapshot === undefined) await engine.boot(api, config);
      else {
        const memory = memoryOf(resolve(snapshot), config.memoryFile?.path);
        await engine.restore(api, { folder, config, file: resolve(snapshot), memory });
      }
      // Nobody else can reach them in the folder, which is 0700, before.
      for (const name of [restFiles.api, vmFiles.agent]) await chmod(join(folder, name), 0o600);
    } catch (error) {
      const said = (await this.console(vmId, 5)).findLast((line) => line.trim() !== '');
      await this.remove(vmId);
      throw startError({ title, error, isUp, said, isRestore: snapshot !== undefined });
    }
  }

  async pause(vmId: string): Promise<void> {
    await this.#ask(vmId, (api) => this.#engine.pause(api));
  }

  async resume(vmId: string): Promise<void> {
    await this.#ask(vmId, (api) => this.#engine.resume(api));
  }

  async snapshot(vmId: string, file: string): Promise<number> {
    const path = resolve(file);
    return await this.#ask(vmId, async (api) => {
      const record = await readRecord(this.#paths.vm(vmId));
      await (await open(path, 'wx', 0o600)).close();
      try {
        await this.#engine.snapshot(api, { file: path, memory: memoryOf(path, record.memoryFile), record });
        return (await stat(path)).size;
      } catch (error) {
        await rm(path, { force: true });
        throw error;
      }
    });
  }

  async kill(vmId: string): Promise<void> {
    const native = await this.#adapter();
    const handle = await native.find(vmId);
    if (handle) await patiently(() => native.stop(handle, { timeout: 0 }));
  }

  async status(vmId: string): Promise<VmStatus> {
    const native = await this.#adapter();
    const handle = await native.find(vmId);
    if (handle === undefined) return { state: 'missing' };
    const status = await native.status(handle);
    if (isTerminal(status) || !(await this.#engine.isOver?.(this.#paths.vm(vmId)))) {
      return await this.#describe(vmId, handle, status);
    }
    await this.kill(vmId);
    return await this.#describe(vmId, handle, await native.status(handle));
  }

  async wait(vmId: string, options: { readonly signal?: AbortSignal } = {}): Promise<VmStatus> {
    const native = await this.#adapter();
    const handle = await native.find(vmId);
    if (handle === undefined) return { state: 'missing' };
    const ended = new AbortController();
    // A VMM that starts the guest again does not end by itself.
    const over = this.#engine.untilOver?.(this.#paths.vm(vmId), ended.signal).then(() => this.kill(vmId));
    over?.catch(() => undefined);
    try {
      return await this.#describe(vmId, handle, await native.wait(handle, options));
    } finally {
      ended.abort();
    }
  }

  async console(vmId: string, lines: number): Promise<string[]> {
    const native = await this.#adapter();
    const handle = await native.find(vmId);
    return handle === undefined ? [] : await readConsole(native, handle, lines);
  }

  async remove(vmId: string): Promise<void> {
    const native = await this.#adapter();
    const handle = await native.find(vmId);
    if (handle) await patiently(() => native.remove(handle, { force: true }));
    await rm(this.#paths.vm(vmId), { recursive: true, force: true });
  }

  /** Ends what the native adapter has kept ready. VMs go on. */
  async close(): Promise<void> {
    await (await this.#native)?.close();
  }

  async #describe(vmId: string, handle: DaemonHandle, status: DaemonStatus): Promise<VmStatus> {
    const [engine, paths, api] = [this.#engine, this.#paths, this.#api(vmId)];
    return await describeVm({ engine, paths, api, native: await this.#adapter(), vmId, handle, status });
  }

  async #ask<T>(vmId: string, work: (api: RestClient) => Promise<T>): Promise<T> {
    const { title } = this.#engine.program;
    if (!(await stat(this.#paths.vm(vmId)).catch(() => undefined))) {
      throw failure(`There is no VM ${vmId}`, 'not-found');
    }
    try {
      return await work(this.#api(vmId));
    } catch (error) {
      if (error instanceof RestAbsence) throw failure('The VM does not run', 'not-running', { cause: error });
      if (!(error instanceof RestRefusal)) throw error;
      throw failure(`${title} refuses ${messageOf(error)}`, 'engine-error', { cause: error });
    }
  }

  #api(vmId: string): RestClient {
    const { root, program } = this.#engine;
    return new RestClient({
      folder: this.#paths.vm(vmId),
      socket: restFiles.api,
      root,
      title: program.title,
    });
  }

  /** Loaded by the first one who needs it. */
  #adapter(): Promise<NativeAdapter> {
    this.#native ??= import('@duende/native').then(
      ({ NativeAdapter }) => new NativeAdapter({ stateDirectory: this.#paths.vmm }),
    );
    return this.#native;
  }
}
