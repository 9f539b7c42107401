import { join } from 'node:path';
import { messageOf } from '../fail.ts';
import { withLock } from '../lock.ts';
import type { PepitaPaths } from '../paths.ts';
import { discard, touch, trim } from '../store.ts';
import { readTemplate, type Template } from './template.ts';

/** Templates that are kept: of kinds of VMs (memory, vcpus, network, disk size, kernel), and of images. */
const kept = 12;
/** Milliseconds that one waits for a template that another one builds, before it boots its own guest. */
const usualPatience = 30_000;

/** A template, or why there is none: boot cold then. */
export type TemplateResult = { readonly template: Template } | { readonly why: string };

/** The template of a key, if it is there and whole. A damaged one is removed. */
export async function findTemplate(paths: PepitaPaths, key: string): Promise<Template | undefined> {
  const folder = join(paths.templates, key);
  const found = await readTemplate(folder, key);
  if (found === 'missing') return undefined;
  if (found === 'damaged') {
    await discard(folder).catch(() => undefined);
    return undefined;
  }
  await touch(folder);
  return found.template;
}

/** Removes a template from which no VM could be started. VMs that have its memory mapped go on. */
export async function dropTemplate(paths: PepitaPaths, key: string): Promise<void> {
  await discard(join(paths.templates, key)).catch(() => undefined);
}

/**
 * The template of a key; built by one process while others wait. Never rejects: without a template VMs boot cold.
 * @param build makes it
 * @param patience milliseconds; 0 where there is something nearly as good
 */
export async function getTemplate(
  paths: PepitaPaths,
  key: string,
  build: () => Promise<void>,
  patience: number = usualPatience,
): Promise<TemplateResult> {
  const there = await findTemplate(paths, key).catch(() => undefined);
  if (there) return { template: there };
  try {
    const made = await withLock(join(paths.templates, `.${key}.lock`), { patience }, async () => {
      const meanwhile = await findTemplate(paths, key);
      if (meanwhile) return meanwhile;
      // Before, so that there is room.
      await trim(paths.templates, kept - 1);
      await build();
      return await findTemplate(paths, key);
    });
    if (made === undefined) return { why: 'another process is building it' };
    return made.result ? { template: made.result } : { why: 'it was damaged at once' };
  } catch (error) {
    return { why: messageOf(error) };
  }
}
