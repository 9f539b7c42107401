import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { execInGuest } from '../agent/exec-in-guest.ts';
import { ownVmId } from '../boot/own-vm-id.ts';
import { sha256 } from '../hash.ts';
import type { PepitaPaths } from '../paths.ts';
import type { VmConfig } from '../qemu/vm-config.ts';
import type { Vmm } from '../qemu/vmm.ts';
import { publish } from '../store.ts';
import { freeze, requireRoom, writeRecord } from './build-template.ts';
import { copySparse } from './copy-sparse.ts';
import { type Template, templateFiles } from './template.ts';

/** An image that has templates of its own. */
export interface WarmImage {
  /** Of the rootfs. */
  readonly key: string;
  /** Programs of it that are run once, so that what they need is in the memory of each clone. They must end, and change nothing. */
  readonly programs: readonly (readonly string[])[];
  /** Who runs them; root without it. */
  readonly user?: { readonly uid: number; readonly gid: number };
}

/** Milliseconds for mounting the root and running the programs. */
const patience = 60_000;
/** A name that no image has: the agent mounts the root, and finds no program. */
const nothing = '/.duende/nothing';

export const imageTemplateKey = (base: string, image: WarmImage): string =>
  sha256(JSON.stringify([1, base, image])).slice(0, 32);

export interface BuildImageTemplateOptions {
  readonly vmm: Vmm;
  readonly paths: PepitaPaths;
  readonly key: string;
  /** What it goes on from. */
  readonly base: Template;
  /** Of the clones, with the disk. */
  readonly config: VmConfig;
  readonly image: WarmImage;
}

async function build(folder: string, vmId: string, options: BuildImageTemplateOptions): Promise<void> {
  const { vmm, paths, key, base, config, image } = options;
  await mkdir(folder, { mode: 0o700 });
  await requireRoom(folder, config.memory);
  const memory = join(folder, templateFiles.memory);
  await copySparse(base.memory, memory);
  const started = Date.now();
  const network = config.network && { ports: [], outbound: false };
  await vmm.start(vmId, { ...config, network, memoryFile: { path: memory, shared: true } }, base.state);
  for (const argv of [[nothing], ...image.programs]) {
    await execInGuest(paths.vm(vmId), argv, AbortSignal.timeout(patience), vmm.vsockPort, image.user);
  }
  const bootTime = Date.now() - started;
  const size = await freeze(vmm, vmId, join(folder, templateFiles.state));
  await writeRecord(folder, { key, size, bootTime });
}

/**
 * Makes a template of a template: with the root of an image mounted, and some of its programs in memory. Under TCG that saves each
 * clone about 50 ms of processor time, and 250 ms where Node is the program; the rest of a first run is the translation of its code.
 * @throws PlatformError, system errors of the disk
 */
export async function buildImageTemplate(options: BuildImageTemplateOptions): Promise<void> {
  const { vmm, paths, key } = options;
  const vmId = ownVmId('template');
  try {
    await publish(join(paths.templates, key), (temporary) => build(temporary, vmId, options));
  } finally {
    await vmm.remove(vmId);
  }
}
