import { rm, stat } from 'node:fs/promises';
import { type DaemonHandle, type DaemonStatus, isTerminal, PlatformError } from '@duende/core/contract';
import type { NativeAdapter } from '@duende/native';
import { readStatePage } from '@duende/program';
import { failure } from '../fail.ts';
import { PepitaPaths } from '../paths.ts';
import { isPaused, readEvents } from './events-file.ts';
import { launchQemu } from './launch-qemu.ts';
import { loadState, saveState } from './migration.ts';
import type { QmpClient } from './qmp-client.ts';
import { connectQmp, withQmp } from './qmp-session.ts';
import type { VmConfig } from './vm-config.ts';
import { endOfVm } from './vm-end.ts';
import type { Vmm, VmStatus } from './vmm.ts';

export interface QemuVmmOptions {
  readonly stateDirectory: string;
  /** The program, absolute; see `findQemu`. */
  readonly program: string;
}

/** Milliseconds until a QEMU that was started listens: a loaded machine may be slow. */
const startPatience = 60_000;
/** Each takes some seconds. */
const stopTries = 4;
/** Lines of the console among which a panic is looked for. */
const lastWords = 200;

/** Again when a supervisor has not answered in time: on a busy machine it will, and to stop or remove twice does no harm. */
async function patiently<T>(ask: () => Promise<T>): Promise<T> {
  for (let left = stopTries; ; left -= 1) {
    try {
      return await ask();
    } catch (error) {
      if (left === 1 || !PlatformError.isInstance(error) || error.reason !== 'timeout') throw error;
    }
  }
}

/** Runs VMs with QEMU. Each QEMU is a daemon of the native adapter, in a state folder of its own. */
export class QemuVmm implements Vmm {
  readonly kind = 'qemu' as const;
  readonly #paths: PepitaPaths;
  readonly #program: string;
  #native: Promise<NativeAdapter> | undefined;

  constructor({ stateDirectory, program }: QemuVmmOptions) {
    this.#paths = new PepitaPaths(stateDirectory);
    this.#program = program;
  }

  async start(vmId: string, config: VmConfig, snapshot?: string): Promise<void> {
    const folder = this.#paths.vm(vmId);
    const native = await this.#adapter();
    const handle = await launchQemu(
      { native, folder, program: this.#program, vmId },
      config,
      snapshot !== undefined,
    );
    // One that its supervisor starts again already is not the one that was meant.
    const isGone = async () => {
      const status = await native.status(handle);
      return isTerminal(status) || status.restarts > 0 || status.state === 'starting';
    };
    let qmp: QmpClient | undefined;
    try {
      qmp = await connectQmp(folder, { patience: startPatience, isGone });
      if (snapshot === undefined) return;
      await loadState(qmp, folder, snapshot);
      await qmp.execute('cont');
    } catch (error) {
      const said = (await this.console(vmId, 5)).findLast((line) => line.startsWith('qemu'));
      await this.remove(vmId);
      if (said === undefined) throw error;
      const isRefused = qmp === undefined;
      const what = isRefused ? 'does not start' : 'does not take the snapshot';
      throw failure(`QEMU ${what}: ${said}`, isRefused ? 'exec-failed' : 'engine-error', { cause: error });
    } finally {
      qmp?.close();
    }
  }

  async pause(vmId: string): Promise<void> {
    await this.#ask(vmId, (qmp) => qmp.execute('stop'));
  }

  async resume(vmId: string): Promise<void> {
    await this.#ask(vmId, (qmp) => qmp.execute('cont'));
  }

  async snapshot(vmId: string, file: string): Promise<number> {
    return await this.#ask(vmId, (qmp) => saveState(qmp, this.#paths.vm(vmId), file));
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
    return await this.#describe(vmId, handle, await native.status(handle));
  }

  async wait(vmId: string, options: { readonly signal?: AbortSignal } = {}): Promise<VmStatus> {
    const native = await this.#adapter();
    const handle = await native.find(vmId);
    if (handle === undefined) return { state: 'missing' };
    return await this.#describe(vmId, handle, await native.wait(handle, options));
  }

  async console(vmId: string, lines: number): Promise<string[]> {
    const native = await this.#adapter();
    const handle = await native.find(vmId);
    if (handle === undefined) return [];
    const found: string[] = [];
    // A serial line ends with CR LF.
    for await (const { text } of native.logs(handle, { tail: lines })) found.push(text.replace(/\r+$/, ''));
    return found;
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
    const events = await readEvents(this.#paths.vm(vmId));
    if (isTerminal(status)) {
      const end = endOfVm(events, status.exit, (await this.console(vmId, lastWords)).join('\n'));
      const { exit, finishedAt } = status;
      return { state: 'ended', end, ...(exit ? { exit } : {}), ...(finishedAt ? { finishedAt } : {}) };
    }
    const page = readStatePage(this.#paths.vmmState(handle.name));
    const startTime = typeof page === 'string' ? 0n : page.main.startTime;
    const { pid = 0, startedAt = '' } = status.state === 'created' ? {} : status;
    return { state: isPaused(events) ? 'paused' : 'running', pid, startTime, startedAt };
  }

  async #ask<T>(vmId: string, work: (qmp: QmpClient) => Promise<T>): Promise<T> {
    const folder = this.#paths.vm(vmId);
    if (!(await stat(folder).catch(() => undefined))) throw failure(`There is no VM ${vmId}`, 'not-found');
    return await withQmp(folder, work);
  }

  /** Loaded by the first one who needs it. */
  #adapter(): Promise<NativeAdapter> {
    this.#native ??= import('@duende/native').then(
      ({ NativeAdapter }) => new NativeAdapter({ stateDirectory: this.#paths.vmm }),
    );
    return this.#native;
  }
}
