import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256 } from '../hash.ts';

/** A guest that has booted and waits, as files. */
export interface Template {
  readonly folder: string;
  readonly key: string;
  /** The guest's memory: mapped copy-on-write by each clone. */
  readonly memory: string;
  /** The state of its devices. */
  readonly state: string;
}

/** `template.json`, written last. */
export interface TemplateRecord {
  readonly format: 1;
  readonly key: string;
  readonly memory: {
    /** Bytes of the guest's memory. */
    readonly size: number;
    /** Bytes on the disk. */
    readonly allocated: number;
    /** Nanoseconds since 1970; clones do not change it. */
    readonly modified: string;
  };
  readonly state: { readonly size: number; readonly sha256: string };
  /** ISO 8601. */
  readonly createdAt: string;
  /** Milliseconds from the start of QEMU to the agent's answer. */
  readonly bootTime: number;
}

export const templateFiles = { memory: 'memory', state: 'state', record: 'template.json' } as const;

const templateOf = (folder: string, key: string): Template => ({
  folder,
  key,
  memory: join(folder, templateFiles.memory),
  state: join(folder, templateFiles.state),
});

/** What is known of the memory of a template without reading it. */
export async function describeMemory(path: string): Promise<TemplateRecord['memory']> {
  const { size, blocks, mtimeNs } = await stat(path, { bigint: true });
  return { size: Number(size), allocated: Number(blocks) * 512, modified: String(mtimeNs) };
}

export type Found = { readonly template: Template } | 'missing' | 'damaged';

/** Looks a template up, and whether its files are those that were written. */
export async function readTemplate(folder: string, key: string): Promise<Found> {
  if (!(await stat(folder).catch(() => undefined))) return 'missing';
  try {
    const template = templateOf(folder, key);
    const record: TemplateRecord = JSON.parse(await readFile(join(folder, templateFiles.record), 'utf8'));
    const memory = await describeMemory(template.memory);
    const isSound =
      record.format === 1 &&
      record.key === key &&
      record.memory.size === memory.size &&
      record.memory.modified === memory.modified &&
      record.state.sha256 === sha256(await readFile(template.state));
    return isSound ? { template } : 'damaged';
  } catch {
    return 'damaged';
  }
}
