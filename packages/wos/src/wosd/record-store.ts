import { randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { type ProcessRecord, recordSchema } from './record.ts';

/** The folders of processes: a record and a log in each. */
export class RecordStore {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** A folder for a process that is going to be, with one for its log if it has its own. @throws Error of the file system */
  make(withLog: boolean): string {
    const id = randomUUID();
    // There before the process is: who follows the log can watch it.
    mkdirSync(withLog ? this.log(id) : join(this.#folder, id), { recursive: true, mode: 0o700 });
    return id;
  }

  log(id: string): string {
    return join(this.#folder, id, 'log');
  }

  /** Of a new process: half of it is as none. @throws Error of the file system */
  create(record: ProcessRecord): void {
    writeFileSync(join(this.#folder, record.id, 'record.json'), JSON.stringify(record), { mode: 0o600 });
  }

  /** Complete or not at all. @throws Error of the file system */
  write(record: ProcessRecord): void {
    const path = join(this.#folder, record.id, 'record.json');
    writeFileSync(`${path}.new`, JSON.stringify(record), { mode: 0o600 });
    renameSync(`${path}.new`, path);
  }

  remove(id: string): void {
    rmSync(join(this.#folder, id), { recursive: true, force: true });
  }

  /** The same for one for which nobody waits. What cannot be removed is tried again by the next kernel that has too many. */
  forget(id: string): void {
    void rm(join(this.#folder, id), { recursive: true, force: true }).catch(() => undefined);
  }

  /** All that can be read, by PID. What cannot be is a spawn that was not finished, or damaged: `broken` has the folders. */
  read(): { records: ProcessRecord[]; broken: string[] } {
    const records: ProcessRecord[] = [];
    const broken: string[] = [];
    let names: string[];
    try {
      names = readdirSync(this.#folder);
    } catch {
      return { records, broken };
    }
    for (const id of names) {
      const record = this.#readOne(id);
      if (record?.id === id) records.push(record);
      else broken.push(id);
    }
    return { records: records.sort((one, other) => one.pid - other.pid), broken };
  }

  #readOne(id: string): ProcessRecord | undefined {
    try {
      const text = readFileSync(join(this.#folder, id, 'record.json'), 'utf8');
      return z.safeParse(recordSchema, JSON.parse(text)).data;
    } catch {
      return undefined;
    }
  }
}
