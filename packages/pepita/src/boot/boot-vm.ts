import { PlatformError } from '@duende/core/contract';
import { failure, messageOf } from '../fail.ts';
import type { PepitaPaths } from '../paths.ts';
import type { VmConfig } from '../qemu/vm-config.ts';
import type { Vmm } from '../qemu/vmm.ts';
import { exists } from '../store.ts';
import { buildImageTemplate, imageTemplateKey, type WarmImage } from '../template/build-image-template.ts';
import { buildTemplate } from '../template/build-template.ts';
import type { Template } from '../template/template.ts';
import { dropTemplate, getTemplate } from '../template/template-store.ts';
import { awaitAgent } from './await-agent.ts';
import { mostCpu } from './watchdog.ts';

export interface BootVmOptions {
  readonly vmm: Vmm;
  readonly paths: PepitaPaths;
  readonly vmId: string;
  readonly config: VmConfig;
  /** The template's key; without one the guest boots cold. */
  readonly templateKey?: string | undefined;
  /** Bytes of the disk, 0 without one. */
  readonly diskSize: number;
  /** Has a template for this image too, made of the other one. */
  readonly image?: WarmImage | undefined;
  /** See `AwaitAgentOptions`. Of the VM itself, not of the templates. */
  readonly hello?: ((signal: AbortSignal) => Promise<unknown>) | undefined;
}

export interface Booted {
  readonly how: 'template' | 'cold';
  /** Why it took longer than it should, for `--verbose` and logs; empty when all went well. */
  readonly notes: readonly string[];
}

/** Boots tried before a spawn fails. */
const tries = 2;

/**
 * What another try would end with again: the id is another VM's, which is left alone, or the VMM cannot do it, does not start with these
 * arguments, or has no KVM.
 */
const isFinal = (error: unknown): boolean =>
  PlatformError.isInstance(error) &&
  (error.code === 'Config' || ['already-exists', 'exec-failed', 'unavailable'].includes(error.reason));

async function clone({ vmm, paths, vmId, config, hello }: BootVmOptions, template: Template): Promise<void> {
  const memoryFile = { path: template.memory, shared: false };
  await vmm.start(vmId, { ...config, memoryFile }, template.state);
  await awaitAgent({ vmm, vmId, paths, hello, most: mostCpu.clone });
}

/** The best template that there is, and why it is not a better one. */
async function chooseTemplate(options: BootVmOptions, baseKey: string, notes: string[]) {
  const { vmm, paths, config, diskSize, image } = options;
  const got = await getTemplate(paths, baseKey, () =>
    buildTemplate({ vmm, paths, key: baseKey, config: { ...config, restart: undefined }, diskSize }),
  );
  if ('why' in got) {
    notes.push(`Booted without a snapshot: ${got.why}`);
    return undefined;
  }
  const base = got.template;
  if (image === undefined) return base;
  const key = imageTemplateKey(baseKey, image);
  const make = () =>
    buildImageTemplate({ vmm, paths, key, base, config: { ...config, restart: undefined }, image });
  // Who comes while it is made starts from the other one.
  const better = await getTemplate(paths, key, make, 0);
  if ('template' in better) return better.template;
  notes.push(`Started without a snapshot of the image: ${better.why}`);
  return base;
}

/** Others keep a bounded number of templates: one may go before QEMU has opened it. */
const wasDropped = async ({ memory }: Template): Promise<boolean> => !(await exists(memory));

async function tryClone(
  options: BootVmOptions,
  baseKey: string,
  notes: string[],
  left = tries,
): Promise<boolean> {
  const { vmm, paths, vmId } = options;
  const template = await chooseTemplate(options, baseKey, notes);
  if (template === undefined) return false;
  try {
    await clone(options, template);
    return true;
  } catch (error) {
    if (left > 1 && (await wasDropped(template))) return await tryClone(options, baseKey, notes, left - 1);
    if (isFinal(error)) throw error;
    await vmm.remove(vmId);
    await dropTemplate(paths, template.key);
    notes.push(`The snapshot was removed, no VM came up from it: ${messageOf(error)}`);
    return false;
  }
}

/**
 * Brings a guest up to the answer of its agent: from a template when there is one or one can be made, else by booting, twice if it hangs.
 * @throws PlatformError SpawnFailed; nothing of the VM is left then. `already-exists` when another VM has the id
 */
export async function bootVm(options: BootVmOptions): Promise<Booted> {
  const { vmm, paths, vmId, config, templateKey, hello } = options;
  const notes: string[] = [];
  if (templateKey !== undefined && (await tryClone(options, templateKey, notes))) {
    return { how: 'template', notes };
  }
  for (let attempt = 1; ; attempt += 1) {
    try {
      await vmm.start(vmId, config);
      await awaitAgent({ vmm, vmId, paths, hello });
      return { how: 'cold', notes };
    } catch (error) {
      if (isFinal(error)) throw error;
      await vmm.remove(vmId);
      if (attempt === tries) {
        throw failure(`The VM does not come up: ${messageOf(error)}`, 'engine-error', { cause: error });
      }
      notes.push(`Booted again: ${messageOf(error)}`);
    }
  }
}
