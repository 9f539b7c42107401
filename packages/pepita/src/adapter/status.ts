import { setTimeout as delay } from 'node:timers/promises';
import { type DaemonHandle, type DaemonStatus, isTerminal } from '@duende/core/contract';
import { isSupervised, readStatePage, type StatePage, statusOf } from '@duende/program';
import { isPaused, readEvents } from '../qemu/events-file.ts';
import type { VmEnd } from '../qemu/vm-end.ts';
import type { Context } from './context.ts';
import { type Found, requireDaemon } from './daemon.ts';
import type { Operation } from './failures.ts';
import { machineIdOf } from './vm-name.ts';
import type { VmRecord } from './vm-record.ts';

/** Milliseconds that the bridge of a VM that has ended may take to write down what it still has. */
const bridgePatience = 1000;

export const hasEnded = ({ state }: Pick<StatePage, 'state'>): boolean =>
  state === 'stopped' || state === 'failed';

/** The status of the process that is the VM, as its supervisor knows it; `undefined` when there is none. */
export function vmmStatus({ paths }: Context, vmId: string): DaemonStatus | undefined {
  const page = readStatePage(paths.vmmState(vmId));
  if (typeof page === 'string') return undefined;
  return statusOf(page, isSupervised(page));
}

export const isVmAlive = (context: Context, vmId: string): boolean => {
  const status = vmmStatus(context, vmId);
  return status !== undefined && !isTerminal(status);
};

/** Whether a bridge still looks after the VM. */
export function isBridged({ paths }: Context, vmId: string): boolean {
  const page = readStatePage(paths.bridgeState(vmId));
  return typeof page === 'object' && !hasEnded(page) && isSupervised(page);
}

const ends: Readonly<Record<VmEnd, string>> = {
  panic: 'the kernel of the guest panicked',
  killed: 'the process of the VM was killed',
  crash: 'the process of the VM has failed',
  quit: 'the VM was ended by its monitor or by a signal',
  poweroff: 'the guest has switched itself off',
  reboot: 'the guest wanted to start again',
};

const hung = 'the guest was booted and did not answer';

/** Lines of the console that are looked through: a panic is followed by a trace, whose length differs. */
const traceLines = 200;

/** Whether the last that is known of the guest is that it was booted and did not answer. */
const hasHung = ({ store }: Context, name: string): boolean => store.hungAt(name) > store.answeredAt(name);

/** The agent is PID 1: its end is the kernel's. */
const agentDied = /Attempted to kill init/;

/** Pure but for the console: a VM that is no more, whose guest could not say how its daemon ended. */
async function lost(context: Context, { name, page, record }: Found): Promise<DaemonStatus> {
  const { restarts, startedAt } = statusOf(page, true) as DaemonStatus & { startedAt?: string };
  const vm = await context.vmm.status(machineIdOf(record));
  const native = vmmStatus(context, machineIdOf(record));
  const lines = vm.state === 'ended' ? await context.vmm.console(machineIdOf(record), traceLines) : [];
  const said = lines.findLast((line) => /Kernel panic|Out of memory|^qemu/.test(line));
  const isAgent = vm.state === 'ended' && vm.end === 'panic' && agentDied.test(said ?? '');
  const known = vm.state === 'ended' ? ends[vm.end] : 'the VM is gone';
  const what = hasHung(context, name)
    ? hung
    : isAgent
      ? 'the agent of the guest has died, and its kernel with it'
      : known;
  const message = `How it ended is not known: ${what}${said === undefined ? '' : `; the last words: ${said}`}`;
  const isLimit = native?.state === 'failed' && native.reason === 'restart-limit';
  return {
    state: 'failed',
    reason: isLimit ? 'restart-limit' : 'lost',
    restarts,
    message,
    ...(startedAt ? { startedAt } : {}),
    ...(vm.state === 'ended' && vm.finishedAt ? { finishedAt: vm.finishedAt } : {}),
  };
}

/** Whether a VM that died and is started again has not come to its daemon yet. */
function isStartedAgain(context: Context, name: string, vmm: DaemonStatus): boolean {
  const startedAt = 'startedAt' in vmm && vmm.startedAt !== undefined ? Date.parse(vmm.startedAt) : 0;
  return vmm.state === 'starting' || (vmm.restarts > 0 && context.store.answeredAt(name) < startedAt);
}

/** Whether there is a guest that can be asked. */
export function isGuestUp(context: Context, { name, record }: Pick<Found, 'name' | 'record'>): boolean {
  const vmm = vmmStatus(context, machineIdOf(record));
  return vmm !== undefined && !isTerminal(vmm) && !isStartedAgain(context, name, vmm);
}

/** QEMU has written it down, the others are asked; a VM of theirs that is over, although its process runs, is ended by that. */
export async function isFrozen({ paths, vmm }: Context, record: VmRecord): Promise<boolean> {
  const machineId = machineIdOf(record);
  if (record.vmm === undefined) return isPaused(await readEvents(paths.vm(machineId)));
  return (await vmm.status(machineId)).state === 'paused';
}

/** A VM that is there, or is being started again. */
async function alive(context: Context, found: Found, vmm: DaemonStatus): Promise<DaemonStatus> {
  const { name, page, record } = found;
  const status = statusOf(page, true);
  if (isStartedAgain(context, name, vmm)) {
    const restartAt = 'restartAt' in vmm && vmm.restartAt ? { restartAt: vmm.restartAt } : {};
    const message = `${hasHung(context, name) ? hung : 'its VM has died'}, and is started again`;
    return { state: 'starting', restarts: status.restarts, message, ...restartAt };
  }
  if (status.state === 'created') return { state: 'starting', restarts: status.restarts };
  if (status.state !== 'running') return status;
  return (await isFrozen(context, record)) ? { ...status, state: 'paused' } : status;
}

/** What the guest, the VM and its supervisor say, as a status. */
export async function daemonStatus(context: Context, found: Found): Promise<DaemonStatus> {
  const { store } = context;
  const { name, page, record } = found;
  if (hasEnded(page)) return statusOf(page, true);
  const end = store.end(name);
  if (end !== undefined) return end;
  const vmm = vmmStatus(context, machineIdOf(record));
  if (vmm !== undefined && !isTerminal(vmm)) return await alive(context, found, vmm);
  // A spawn that is under way.
  if (page.state === 'created' && store.isOwned(name)) return { state: 'starting', restarts: page.restarts };
  for (const until = Date.now() + bridgePatience; isBridged(context, machineIdOf(record)); await delay(5)) {
    const now = store.page(name);
    if (typeof now === 'object' && now.id === page.id && hasEnded(now)) return statusOf(now, true);
    if (Date.now() >= until) break;
  }
  const now = store.page(name);
  if (typeof now === 'object' && now.id === page.id && hasEnded(now)) return statusOf(now, true);
  return store.end(name) ?? (await lost(context, found));
}

/** @throws PlatformError StatusFailed / not-found ... */
export async function readStatus(
  context: Context,
  handle: DaemonHandle,
  operation: Operation,
): Promise<DaemonStatus> {
  return await daemonStatus(context, requireDaemon(context, handle, operation));
}
