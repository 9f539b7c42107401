import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { VmConfig } from '../qemu/vm-config.ts';
import type { VmmKind } from './vmm-kind.ts';

/** Names of files in the folder of a VM that REST is spoken to, besides `agent` (the vsock) and `disk`. */
export const restFiles = { api: 'api', record: 'vm.json' } as const;

/** What another process must know of a VM to look after it. */
export interface VmRecord {
  /** What runs it. */
  readonly kind: Exclude<VmmKind, 'qemu'>;
  /** Bytes. */
  readonly memory: number;
  /** Where the memory belongs when it is written down; beside the snapshot without it. */
  readonly memoryFile?: string | undefined;
}

export async function writeRecord(
  folder: string,
  kind: VmRecord['kind'],
  { memory, memoryFile }: VmConfig,
): Promise<void> {
  const record: VmRecord = { kind, memory, ...(memoryFile?.shared ? { memoryFile: memoryFile.path } : {}) };
  await writeFile(join(folder, restFiles.record), `${JSON.stringify(record)}\n`, { mode: 0o600 });
}

/** @throws system errors, SyntaxError: only the one who started the VM writes it */
export async function readRecord(folder: string): Promise<VmRecord> {
  return JSON.parse(await readFile(join(folder, restFiles.record), 'utf8'));
}

/** The file with the memory that belongs to a snapshot. */
export const memoryOf = (snapshot: string, memoryFile: string | undefined): string =>
  memoryFile ?? `${snapshot}.memory`;
