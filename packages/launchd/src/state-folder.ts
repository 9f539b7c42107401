import {
  closeSync,
  existsSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import type { DaemonSpec } from '@duende/core/contract';
import { readSpec, readStatePage, type StatePage } from '@duende/program';
import type { Domain } from './domain.ts';
import { folderError } from './folder-error.ts';
import { isMarked, writeMark } from './process-mark.ts';

/** `unborn`: it is being spawned, or whoever did that was killed before its job had begun. */
export type FoundPage = StatePage | 'missing' | 'damaged' | 'unborn';

/** What launchd does not keep of a daemon: its spec, its secrets, its log, how its runs ended. One folder a daemon, 0700. */
export class StateFolder {
  readonly base: string;
  /** Where the copies of the job's program are. */
  readonly programs: string;

  constructor(stateDirectory: string, domain: Domain) {
    this.base = join(stateDirectory, 'launchd', domain);
    this.programs = join(stateDirectory, 'launchd', 'job');
  }

  folder(name: string): string {
    return join(this.base, name);
  }

  file(
    name: string,
    file: 'state' | 'config' | 'log' | 'answer' | 'stopping' | 'spawner' | 'installed' | 'errors',
  ): string {
    return join(this.base, name, file);
  }

  page(name: string): FoundPage {
    const page = readStatePage(this.file(name, 'state'));
    if (page !== 'missing') return typeof page === 'object' && page.name !== name ? 'damaged' : page;
    if (existsSync(this.file(name, 'config'))) return 'unborn';
    return lstatSync(this.folder(name), { throwIfNoEntry: false }) === undefined ? 'missing' : 'damaged';
  }

  /** Whether the process that spawns a daemon is still at it. */
  isSpawning(name: string): boolean {
    return isMarked(this.file(name, 'spawner'));
  }

  /** @throws when it cannot be read. */
  spec(name: string): DaemonSpec {
    return readSpec(this.file(name, 'state'));
  }

  /** Names of everything that there is. Folders of a spawn or removal under way begin with a dot. */
  names(hidden = false): string[] {
    try {
      const entries = readdirSync(this.base);
      return entries.filter((name) => name.startsWith('.') === hidden).sort();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw error;
    }
  }

  /** Makes the folder of a spawn under a name of its own. @throws PlatformError SpawnFailed */
  make(id: string, config: Buffer): string {
    const folder = join(this.base, `.new-${id}`);
    try {
      mkdirSync(this.base, { recursive: true, mode: 0o700 });
      mkdirSync(folder, { mode: 0o700 });
      writeMark(join(folder, 'spawner'));
      writeFileSync(join(folder, 'config'), config, { mode: 0o600, flag: 'wx' });
      // launchd would make it readable for all.
      writeFileSync(join(folder, 'errors'), '', { mode: 0o600, flag: 'wx' });
      return folder;
    } catch (cause) {
      this.remove(folder);
      throw folderError(this.base, cause);
    }
  }

  /** Moves a folder to a name; false when that name is there. */
  place(folder: string, name: string): boolean {
    try {
      renameSync(folder, this.folder(name));
      return true;
    } catch (error) {
      if (['ENOTEMPTY', 'EEXIST', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? ''))
        return false;
      throw folderError(this.base, error);
    }
  }

  /** Takes the folder of an ended daemon out of the way, for `id`; its path, or `undefined` when it is gone or of another id by now. */
  putAside(name: string, endedId: string, id: string): string | undefined {
    const aside = join(this.base, `.old-${id}`);
    try {
      renameSync(this.folder(name), aside);
    } catch {
      return undefined;
    }
    const page = readStatePage(join(aside, 'state'));
    if (endedId === '' || (typeof page === 'object' && page.id === endedId)) return aside;
    // Another spawn was quicker: it gets its place back.
    renameSync(aside, this.folder(name));
    return undefined;
  }

  remove(folder: string): void {
    rmSync(folder, { recursive: true, force: true });
  }

  isInstalled(name: string): boolean {
    return existsSync(this.file(name, 'installed'));
  }

  /** Nothing writes the page any more, since its job is not in launchd: what waited for a restart has ended. */
  markStopped(name: string): void {
    const stopped = Buffer.alloc(4);
    stopped.writeUInt32LE(5);
    const fd = openSync(this.file(name, 'state'), 'r+');
    try {
      writeSync(fd, stopped, 0, 4, 12);
    } finally {
      closeSync(fd);
    }
  }
}
