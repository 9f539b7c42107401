import { accessSync, constants, existsSync, readFileSync, statSync } from 'node:fs';
import { readdir, stat, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isDaemonName, PlatformError } from '@duende/core/contract';
import { readStatePage } from '@duende/program';
import { recordOf } from '../adapter/claim.ts';
import { Context } from '../adapter/context.ts';
import { isVmAlive } from '../adapter/status.ts';
import { machineIdOf, vmIdOf } from '../adapter/vm-name.ts';
import { messageOf } from '../fail.ts';
import { findKernel } from '../kernel/kernel.ts';
import { isPartial } from '../store.ts';
import { openVmm } from '../vmm-rest/open-vmm.ts';
import { type VmmKind, vmmTitles } from '../vmm-rest/vmm-kind.ts';
import { leftovers } from './leftovers.ts';

/** One thing that was looked at. `ok` false: no VM can be started. */
export interface Check {
  readonly ok: boolean;
  readonly title: string;
  /** What was found. */
  readonly text: string;
  /** What to do, where there is something. */
  readonly fix?: string;
  /** It works, but less well than it could. */
  readonly warning?: true;
}

export interface DoctorReport {
  readonly ok: boolean;
  readonly stateDirectory: string;
  readonly checks: readonly Check[];
}

const mebibyte = 1024 ** 2;
/** Bytes of memory that the smallest guest and its QEMU need, and bytes of disk that a template of it takes. */
const leastMemory = 120 * mebibyte;
const leastDisk = 144 * mebibyte;

const asCheck = (title: string, error: unknown): Check => {
  const isOurs = PlatformError.isInstance(error);
  return { ok: false, title, text: messageOf(error), ...(isOurs && error.hint ? { fix: error.hint } : {}) };
};

function stateFolder(path: string): Check {
  const title = 'State folder';
  const fix = 'Give another one (--state-dir, DUENDE_STATE_DIR)';
  let there = path;
  while (!existsSync(there) && dirname(there) !== there) there = dirname(there);
  try {
    if (!statSync(there).isDirectory()) return { ok: false, title, text: `${there} is no folder`, fix };
    accessSync(there, constants.W_OK | constants.X_OK);
  } catch (error) {
    return { ok: false, title, text: `${path} cannot be written: ${messageOf(error)}`, fix };
  }
  const isShared = there === path && (statSync(path).mode & 0o022) !== 0;
  if (isShared) return { ok: false, title, text: `others can write to ${path}`, fix: `chmod 700 ${path}` };
  return { ok: true, title, text: there === path ? path : `${path}, made by the first VM` };
}

async function space(path: string): Promise<Check> {
  let there = path;
  while (!existsSync(there) && dirname(there) !== there) there = dirname(there);
  const { bavail, bsize } = await statfs(there);
  const free = bavail * bsize;
  const text = `${Math.floor(free / mebibyte)} MiB free for roots and snapshots`;
  if (free >= leastDisk) return { ok: true, title: 'Disk', text };
  return { ok: false, title: 'Disk', text, fix: `Free some space of the disk that has ${there}` };
}

function memory(): Check {
  const kilobytes = Number(/^MemAvailable:\s+(\d+)/m.exec(readFileSync('/proc/meminfo', 'latin1'))?.[1]);
  const text = `${Math.floor(kilobytes / 1024)} MiB available`;
  if (kilobytes * 1024 >= leastMemory) return { ok: true, title: 'Memory', text };
  return { ok: false, title: 'Memory', text, fix: 'End something: the smallest guest takes 80 MiB' };
}

function vsock(vmm: VmmKind = 'qemu'): Check {
  if (vmm !== 'qemu')
    return { ok: true, title: 'vsock', text: `${vmmTitles[vmm]} has its own, at a unix socket for each VM` };
  const text = existsSync('/dev/vhost-vsock')
    ? '/dev/vhost-vsock is there; guests are talked to over virtio-serial, which needs none'
    : 'no /dev/vhost-vsock, and none is needed: guests are talked to over virtio-serial';
  return { ok: true, title: 'vsock', text };
}

const kvm = (warning: string | undefined, accel: string): Check => {
  const title = 'KVM';
  if (warning === undefined) {
    return { ok: true, title, text: accel === 'kvm' ? 'works: a guest has booted with it' : 'not asked for' };
  }
  const fix = warning.includes('group kvm') ? 'usermod -aG kvm NAME, and log in again' : undefined;
  return { ok: true, title, text: warning, warning: true, ...(fix ? { fix } : {}) };
};

async function engine({ stateDirectory, vmm = 'qemu' }: Context['options']): Promise<Check> {
  const title = vmmTitles[vmm];
  try {
    const opened = await openVmm(vmm, { stateDirectory });
    await opened.vmm.close();
    return { ok: true, title, text: `${opened.version}, ${opened.program}` };
  } catch (error) {
    return asCheck(title, error);
  }
}

/** The VMM, a kernel, and whether a guest boots with KVM. */
async function machine(context: Context): Promise<Check[]> {
  const vmm = await engine(context.options);
  const kernel = await findKernel(context.options).then(
    ({ version, file }): Check => ({ ok: true, title: 'Kernel', text: `${version}, ${file}` }),
    (error: unknown) => asCheck('Kernel', error),
  );
  if (!vmm.ok || !kernel.ok) return [vmm, kernel];
  try {
    const { accel, warnings } = await context.machine();
    return [vmm, kernel, kvm(warnings[0], accel)];
  } catch (error) {
    return [vmm, kernel, asCheck('Machine', error)];
  }
}

async function templates({ paths }: Context): Promise<Check> {
  const names = (await readdir(paths.templates).catch(() => [])).filter((name) => !isPartial(name));
  let bytes = 0;
  for (const name of names) {
    for (const file of await readdir(join(paths.templates, name)).catch(() => [])) {
      bytes += ((await stat(join(paths.templates, name, file)).catch(() => undefined))?.blocks ?? 0) * 512;
    }
  }
  const text =
    names.length === 0
      ? 'none yet: the first VM of a kind makes one'
      : `${names.length}, ${Math.ceil(bytes / mebibyte)} MiB`;
  return { ok: true, title: 'Templates', text };
}

function vms(context: Context): Check {
  const names = context.store.names().daemons.filter(isDaemonName);
  const running = names.filter((name) => {
    const record = recordOf(context, name);
    const vmId = record === undefined ? vmIdOf(name) : machineIdOf(record);
    return typeof readStatePage(context.paths.vmmState(vmId)) === 'object' && isVmAlive(context, vmId);
  });
  return { ok: true, title: 'VMs', text: `${running.length} running of ${names.length}` };
}

/** Looks at everything that VMs need, and at what there is of them. Boots a guest once, where there is a /dev/kvm to be tried. */
export async function doctorReport(
  stateDirectory: string,
  accel?: 'kvm' | 'tcg',
  vmm?: VmmKind,
): Promise<DoctorReport> {
  const context = new Context({ stateDirectory, accel, vmm });
  try {
    const folder = stateFolder(stateDirectory);
    const checks: Check[] = [folder, await space(stateDirectory), memory()];
    if (folder.ok) checks.push(...(await machine(context)));
    checks.push(vsock(vmm), await templates(context), vms(context), ...leftovers(context));
    return { ok: checks.every(({ ok }) => ok), stateDirectory, checks };
  } finally {
    await context.close();
  }
}
