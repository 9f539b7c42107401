import { randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { type DaemonSettings, daemonSettings } from '../protocol/daemon-settings.ts';
import { type DaemonRecord, daemonRecordSchema } from './record.ts';

/** A daemon on disk. */
export interface Stored {
  /** Name of its folder. */
  readonly home: string;
  readonly record: DaemonRecord;
}

/**
 * The folders of daemons, 0700: settings, a record and a log in each. The settings hold the environment, and with it secrets: the
 * files are 0600. A folder without a record is that of a spawn that was not finished.
 */
export class DaemonStore {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** @throws Error of the file system; nothing is left then */
  make(settings: DaemonSettings): string {
    const home = randomUUID();
    try {
      // There before the daemon is: who follows the log can watch it.
      mkdirSync(this.log(home), { recursive: true, mode: 0o700 });
      this.writeSettings(home, settings);
    } catch (error) {
      this.remove(home);
      throw error;
    }
    return home;
  }

  #path(home: string, name: string): string {
    return join(this.#folder, home, name);
  }

  log(home: string): string {
    return this.#path(home, 'log');
  }

  /** @throws Error that says what is wrong with them */
  readSettings(home: string): DaemonSettings {
    const path = this.#path(home, 'settings.json');
    const { success, data } = z.safeParse(daemonSettings, JSON.parse(readFileSync(path, 'utf8')));
    if (!success) throw new Error(`${path} is damaged`);
    return data;
  }

  /** Complete or not at all. @throws Error of the file system */
  write(home: string, record: DaemonRecord): void {
    this.#write(this.#path(home, 'record.json'), record);
  }

  /** Complete or not at all. @throws Error of the file system */
  writeSettings(home: string, settings: DaemonSettings): void {
    this.#write(this.#path(home, 'settings.json'), settings);
  }

  #write(path: string, content: object): void {
    writeFileSync(`${path}.new`, JSON.stringify(content), { mode: 0o600 });
    renameSync(`${path}.new`, path);
  }

  remove(home: string): void {
    rmSync(join(this.#folder, home), { recursive: true, force: true });
  }

  /** All, and one line for each that cannot be read. What was not finished is removed, and what another one replaced. */
  read(): { stored: Stored[]; problems: string[] } {
    const newest = new Map<string, Stored>();
    const problems: string[] = [];
    for (const home of this.#homes()) {
      const record = this.#readRecord(home);
      if (record === 'missing') this.remove(home);
      else if (record === 'damaged') {
        problems.push(`The state of a daemon is damaged, remove it: ${join(this.#folder, home)}`);
      } else {
        const other = newest.get(record.name);
        if (other === undefined || other.record.firstPid < record.firstPid)
          newest.set(record.name, { home, record });
        // PIDs only rise: the lower one was replaced by a spawn that came so far.
        if (other !== undefined) this.remove(other.record.firstPid < record.firstPid ? other.home : home);
      }
    }
    return { stored: [...newest.values()], problems };
  }

  #homes(): string[] {
    try {
      return readdirSync(this.#folder);
    } catch {
      return [];
    }
  }

  #readRecord(home: string): DaemonRecord | 'missing' | 'damaged' {
    let text: string;
    try {
      text = readFileSync(this.#path(home, 'record.json'), 'utf8');
    } catch (error) {
      return (error as { code?: string }).code === 'ENOENT' ? 'missing' : 'damaged';
    }
    try {
      return z.safeParse(daemonRecordSchema, JSON.parse(text)).data ?? 'damaged';
    } catch {
      return 'damaged';
    }
  }
}
