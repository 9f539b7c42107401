import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { type DaemonSpec, PlatformError } from '@duende/core/contract';
import type { Scope } from './scope.ts';
import { decodeUnitPage, type PageMark, type UnitPage, unitPageSize } from './unit-page.ts';

const buffer = Buffer.allocUnsafe(unitPageSize);

/** What systemd does not keep of a daemon: its spec, its secrets, how its runs ended. One folder a daemon, 0700. */
export class StateFolder {
  readonly base: string;

  constructor(stateDirectory: string, scope: Scope) {
    // systemd takes no path with `//` or `..` in it.
    this.base = normalize(join(stateDirectory, 'systemd', scope));
  }

  folder(name: string): string {
    return join(this.base, name);
  }

  unitFile(name: string): string {
    return join(this.base, name, 'unit');
  }

  page(name: string): UnitPage | 'missing' | 'damaged' {
    let fd: number;
    try {
      fd = openSync(this.unitFile(name), 'r');
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== 'ENOENT' && code !== 'ENOTDIR') return 'damaged';
      return this.#exists(name) ? 'damaged' : 'missing';
    }
    try {
      const length = readSync(fd, buffer, 0, unitPageSize, 0);
      const page = decodeUnitPage(buffer.subarray(0, length));
      return page?.name === name ? page : 'damaged';
    } catch {
      return 'damaged';
    } finally {
      closeSync(fd);
    }
  }

  /** @throws when it cannot be read. */
  spec(name: string): DaemonSpec {
    return JSON.parse(readFileSync(join(this.folder(name), 'spec.json'), 'utf8')) as DaemonSpec;
  }

  /** Names of all daemons, and of what cannot be read. Folders of a spawn under way are none. */
  entries(): { pages: UnitPage[]; damaged: string[] } {
    const pages: UnitPage[] = [];
    const damaged: string[] = [];
    for (const name of this.#names()) {
      const page = this.page(name);
      if (page === 'damaged') damaged.push(name);
      else if (page !== 'missing') pages.push(page);
    }
    return { pages, damaged };
  }

  /** Makes the folder of a spawn under a name of its own. @throws PlatformError SpawnFailed */
  make(id: string, spec: DaemonSpec, unit: Buffer): string {
    const folder = join(this.base, `.new-${id}`);
    try {
      makeFolders(folder);
      writeFileSync(join(folder, 'unit'), unit, { mode: 0o600, flag: 'wx' });
      writeFileSync(join(folder, 'spec.json'), JSON.stringify(spec), { mode: 0o600, flag: 'wx' });
      return folder;
    } catch (cause) {
      try {
        this.remove(folder);
      } catch {
        // Where nothing can be made, nothing has to be removed.
      }
      throw folderError(this.base, cause);
    }
  }

  /** Moves a folder to a name; false when that name is there. */
  place(folder: string, name: string): boolean {
    try {
      renameSync(folder, this.folder(name));
      return true;
    } catch (error) {
      if (['ENOTEMPTY', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '')) return false;
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
    const page = this.#read(join(aside, 'unit'));
    if (endedId === '' || page?.id === endedId) return aside;
    // Another spawn was quicker: it gets its place back.
    renameSync(aside, this.folder(name));
    return undefined;
  }

  remove(folder: string): void {
    rmSync(folder, { recursive: true, force: true });
  }

  mark(name: string, { offset, bytes }: PageMark): void {
    const fd = openSync(this.unitFile(name), 'r+');
    try {
      writeSync(fd, bytes, 0, bytes.length, offset);
    } finally {
      closeSync(fd);
    }
  }

  /** Notes that a unit file belongs to it. */
  markInstalled(name: string): void {
    writeFileSync(join(this.folder(name), 'installed'), '', { mode: 0o600 });
  }

  isInstalled(name: string): boolean {
    return existsSync(join(this.folder(name), 'installed'));
  }

  #read(path: string): UnitPage | undefined {
    try {
      return decodeUnitPage(readFileSync(path).subarray(0, unitPageSize));
    } catch {
      return undefined;
    }
  }

  /** Folders of spawns and removals that are under way, or were killed in the middle: `.new-ID`, `.old-ID`. */
  unfinished(): string[] {
    return this.#names(true);
  }

  /** The page in such a folder. */
  unfinishedPage(entry: string): UnitPage | undefined {
    return this.#read(join(this.base, entry, 'unit'));
  }

  #names(hidden = false): string[] {
    try {
      return readdirSync(this.base)
        .filter((name) => name.startsWith('.') === hidden)
        .sort();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw error;
    }
  }

  #exists(name: string): boolean {
    try {
      readdirSync(this.folder(name));
      return true;
    } catch (error) {
      return (error as NodeJS.ErrnoException).code === 'ENOTDIR';
    }
  }
}

/** As `recursive: true`, which never comes back below /proc, where no folder can be made and none is the reason (Node 26). */
function makeFolders(folder: string): void {
  const make = (): void => {
    try {
      mkdirSync(folder, { mode: 0o700 });
    } catch (error) {
      // Somebody else needs it, too.
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  };
  try {
    make();
  } catch (error) {
    const parent = dirname(folder);
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || existsSync(parent)) throw error;
    makeFolders(parent);
    make();
  }
}

function folderError(base: string, cause: unknown): PlatformError {
  const { code, message } = cause as NodeJS.ErrnoException;
  const denied = code === 'EACCES' || code === 'EPERM' || code === 'EROFS';
  const full = code === 'ENOSPC' || code === 'EDQUOT';
  return new PlatformError('SpawnFailed', `Cannot write to the state folder ${base}: ${code ?? message}`, {
    reason: denied ? 'permission-denied' : 'engine-error',
    platform: 'linux',
    operation: 'spawn',
    hint: full
      ? 'Free some disk space, or set DUENDE_STATE_DIR to another disk'
      : 'Set DUENDE_STATE_DIR to a folder that you may write',
    cause,
  });
}
