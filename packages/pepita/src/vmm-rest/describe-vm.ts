import { type DaemonHandle, type DaemonStatus, isTerminal } from '@duende/core/contract';
import type { NativeAdapter } from '@duende/native';
import { readStatePage } from '@duende/program';
import type { PepitaPaths } from '../paths.ts';
import type { VmStatus } from '../qemu/vmm.ts';
import type { RestEngine } from './engine.ts';
import type { RestClient } from './rest-client.ts';

/** Milliseconds that a VMM may take to say in which state it is; else it is as its process is. */
const statePatience = 2000;
/** Lines of the console among which a panic is looked for. */
const lastWords = 200;

export interface DescribeOptions {
  readonly engine: RestEngine;
  readonly native: NativeAdapter;
  readonly paths: PepitaPaths;
  readonly api: RestClient;
  readonly vmId: string;
  readonly handle: DaemonHandle;
  /** Of its process. */
  readonly status: DaemonStatus;
}

/** The last of a VM's console, oldest first. */
export async function readConsole(
  native: NativeAdapter,
  handle: DaemonHandle,
  lines: number,
): Promise<string[]> {
  const found: string[] = [];
  // A serial line ends with CR LF.
  for await (const { text } of native.logs(handle, { tail: lines })) found.push(text.replace(/\r+$/, ''));
  return found;
}

/** A VMM that does not answer is not paused: those who are paused do answer. */
async function isPaused(engine: RestEngine, api: RestClient): Promise<boolean> {
  const late = new Promise<boolean>((settle) => {
    setTimeout(settle, statePatience, false).unref();
  });
  return await Promise.race([engine.isPaused(api).catch(() => false), late]);
}

/** What is known of a VM, from its process, its API, and what they have left behind. */
export async function describeVm(options: DescribeOptions): Promise<VmStatus> {
  const { engine, native, paths, api, vmId, handle, status } = options;
  if (isTerminal(status)) {
    const console = (await readConsole(native, handle, lastWords)).join('\n');
    const { exit, finishedAt } = status;
    const end = await engine.endOf({ folder: paths.vm(vmId), exit, console });
    return { state: 'ended', end, ...(exit ? { exit } : {}), ...(finishedAt ? { finishedAt } : {}) };
  }
  const page = readStatePage(paths.vmmState(handle.name));
  const startTime = typeof page === 'string' ? 0n : page.main.startTime;
  const { pid = 0, startedAt = '' } = status.state === 'created' ? {} : status;
  return { state: (await isPaused(engine, api)) ? 'paused' : 'running', pid, startTime, startedAt };
}
