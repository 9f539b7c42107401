import { copyFile, mkdir, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf, failure } from '../fail.ts';

/** Files of a snapshot (cloud-hypervisor docs/snapshot_restore.md): the small ones, and the guest's memory. */
const parts = ['config.json', 'state.json'] as const;
const memoryPart = 'memory-ranges';
/** Bytes of a file of ours; the state of a guest has some hundred thousand. */
const largest = 64 * 1024 * 1024;

interface SnapshotFile {
  readonly format: 'cloud-hypervisor-1';
  readonly parts: Readonly<Record<(typeof parts)[number], string>>;
}

/** Moves a file, also to another file system. */
async function move(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    if (codeOf(error) !== 'EXDEV') throw error;
    await copyFile(from, to);
  }
}

/**
 * Has cloud-hypervisor write a snapshot into a folder, and makes one file of all of it but the memory, which is a file as everywhere.
 * @param write is given the URL of the folder: cloud-hypervisor takes what follows `file://` as it is, and decodes nothing
 * @throws what `write` throws; system errors
 */
export async function packSnapshot(
  { file, memory }: { readonly file: string; readonly memory: string },
  write: (url: string) => Promise<unknown>,
): Promise<void> {
  const folder = `${file}.parts`;
  await mkdir(folder, { mode: 0o700 });
  try {
    await write(`file://${folder}`);
    const texts = await Promise.all(
      parts.map(async (name) => [name, await readFile(join(folder, name), 'utf8')]),
    );
    const whole = { format: 'cloud-hypervisor-1', parts: Object.fromEntries(texts) };
    await writeFile(file, `${JSON.stringify(whole)}\n`);
    await move(join(folder, memoryPart), memory);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function read(file: string): Promise<SnapshotFile> {
  const damaged = (cause?: unknown) =>
    failure(`The snapshot ${file} is damaged or of another VMM`, 'engine-error', { cause });
  if ((await stat(file)).size > largest) throw damaged();
  try {
    const found = JSON.parse(await readFile(file, 'utf8'));
    const isWhole = parts.every((name) => typeof found?.parts?.[name] === 'string');
    if (found?.format === 'cloud-hypervisor-1' && isWhole) return found;
  } catch (error) {
    throw damaged(error);
  }
  throw damaged();
}

/** Lays a snapshot out in a new folder as cloud-hypervisor reads it. @returns its URL. @throws PlatformError, system errors */
export async function unpackSnapshot(file: string, memory: string, folder: string): Promise<string> {
  const snapshot = await read(file);
  await stat(memory);
  await mkdir(folder, { mode: 0o700 });
  for (const name of parts) await writeFile(join(folder, name), snapshot.parts[name], { mode: 0o600 });
  await symlink(memory, join(folder, memoryPart));
  return `file://${folder}`;
}
