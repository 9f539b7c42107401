import { copyFile, mkdir, readdir, readFile, stat, statfs, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DaemonHandle } from '@duende/core/contract';
import type { Context } from '../adapter/context.ts';
import { type Found, requireDaemon } from '../adapter/daemon.ts';
import { asOperation, failed } from '../adapter/failures.ts';
import { resume } from '../adapter/signal.ts';
import { daemonStatus } from '../adapter/status.ts';
import { machineIdOf } from '../adapter/vm-name.ts';
import type { VmRecord } from '../adapter/vm-record.ts';
import { type Machine, openMachine } from '../boot/machine.ts';
import { exists, publish } from '../store.ts';
import { vmmTitles } from '../vmm-rest/vmm-kind.ts';
import { copyImage } from './copy-image.ts';
import {
  describeRootfs,
  describeState,
  madeWith,
  type SnapshotRecord,
  snapshotFiles,
} from './snapshot-files.ts';

const operation = { code: 'StatusFailed', name: 'snapshot' } as const;
const mebibyte = 1024 ** 2;
/** Milliseconds in which a bridge has written what a guest had sent before it stood still, and how often that is looked for. */
const settled = 150;
const looks = 40;
/** Of the bridge: its sockets, and what it writes when a guest answers it, or does not. */
const own = ['control', 'exec', 'agent', 'hung'];

async function filesOf(run: string): Promise<string[]> {
  const entries = await readdir(run, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(run.length + 1))
    .filter((name) => !own.includes(name))
    .sort();
}

/** What changes when something is written. */
async function stampOf(run: string): Promise<string> {
  const stamps = await Promise.all(
    (await filesOf(run)).map(async (name) => {
      const { size, mtimeNs } = await stat(join(run, name), { bigint: true });
      return `${name} ${size} ${mtimeNs}`;
    }),
  );
  return stamps.join('\n');
}

/** Copies the folder of the bridge of a guest that stands still, as it is at one moment. */
async function copyRun(run: string, to: string): Promise<void> {
  await mkdir(join(to, 'log'), { recursive: true, mode: 0o700 });
  for (let look = 0; look < looks; look += 1) {
    const before = await stampOf(run);
    await sleep(settled);
    if ((await stampOf(run)) !== before) continue;
    for (const name of await filesOf(run)) await copyFile(join(run, name), join(to, name));
    if ((await stampOf(run)) === before) return;
  }
  throw failed(operation, 'Its log does not come to rest', 'timeout');
}

async function requireRoom(folder: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  if (bavail * bsize >= bytes) return;
  const hint = 'Free some space, or give another folder';
  throw failed(
    operation,
    `No room for ${Math.ceil(bytes / mebibyte)} MiB in ${folder}`,
    'engine-error',
    hint,
  );
}

/** The machine that a VM runs on, as its QEMU was started: that others have KVM here says nothing of this one. */
async function machineOf({ options, vmm }: Context, record: VmRecord): Promise<Machine> {
  const status = await vmm.status(machineIdOf(record));
  if (!('pid' in status)) throw failed(operation, 'Its VM has ended', 'not-running');
  const words = (await readFile(`/proc/${status.pid}/cmdline`, 'utf8')).split('\0');
  const accel = words[words.indexOf('-accel') + 1] === 'kvm' ? 'kvm' : 'tcg';
  return await openMachine({
    stateDirectory: options.stateDirectory,
    kernel: record.kernel ?? options.kernel,
    accel,
  });
}

async function write(context: Context, { name, page, record }: Found, folder: string): Promise<void> {
  const { store, vmm } = context;
  const machine = await machineOf(context, record);
  await mkdir(folder, { mode: 0o700 });
  const source = record.rootfs.file ?? join(store.folder(name), 'rootfs');
  await requireRoom(folder, record.memory + (await stat(source)).blocks * 512 + 16 * mebibyte);
  const [state, rootfs] = [join(folder, snapshotFiles.state), join(folder, snapshotFiles.rootfs)];
  await vmm.snapshot(machineIdOf(record), state);
  await copyRun(store.run(name), join(folder, snapshotFiles.run));
  await copyImage(source, rootfs);
  const { machineId: _, ...vm } = record;
  const { file: __, ...ownRootfs } = record.rootfs;
  const snapshot: SnapshotRecord = {
    format: 1,
    createdAt: new Date().toISOString(),
    name,
    id: page.id,
    spec: store.spec(name),
    vm: { ...vm, rootfs: ownRootfs },
    madeWith: madeWith(machine),
    state: await describeState(state),
    rootfs: await describeRootfs(rootfs),
  };
  const text = `${JSON.stringify(snapshot, undefined, 2)}\n`;
  await writeFile(join(folder, snapshotFiles.record), text, { mode: 0o600 });
}

/**
 * Writes a VM, its memory, its root and its log to a new folder, 0700, that appears complete or not at all. One that runs is frozen
 * meanwhile, one that is paused stays so.
 * @throws PlatformError StatusFailed / not-found, not-running, already-exists, engine-error
 */
export async function writeSnapshot(context: Context, handle: DaemonHandle, folder: string): Promise<void> {
  const found = requireDaemon(context, handle, operation);
  const { vmm } = found.record;
  if (vmm !== undefined) {
    const hint = 'Run it with QEMU to take snapshots of it';
    const why = `it runs on ${vmmTitles[vmm]}, whose VMs cannot be brought back`;
    throw failed(operation, `Cannot take a snapshot of ${handle.name}: ${why}`, 'unavailable', hint);
  }
  const { state } = await daemonStatus(context, found);
  if (state !== 'running' && state !== 'paused') {
    throw failed(operation, `Cannot take a snapshot of ${handle.name}: it is ${state}`, 'not-running');
  }
  if (await exists(folder)) {
    throw failed(
      operation,
      `There is a ${folder} already`,
      'already-exists',
      'Give a folder that is not there',
    );
  }
  if (!(await exists(dirname(folder))))
    throw failed(operation, `There is no folder ${dirname(folder)}`, 'engine-error', 'Make it first');
  try {
    if (state === 'running') await context.vmm.pause(machineIdOf(found.record));
    await publish(folder, (temporary) => write(context, found, temporary));
  } catch (error) {
    throw asOperation(operation, error, `Cannot take a snapshot of ${handle.name}`);
  } finally {
    if (state === 'running') await resume(context, found);
  }
}
