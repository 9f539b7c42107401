import type { BigIntStats } from 'node:fs';
import { posix } from 'node:path';
import type { FileEntry, LayerName, SymlinkEntry } from './entries.ts';
import { identityOf } from './identity.ts';

/** User and group id. */
export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

const root: Owner = { uid: 0, gid: 0 };
/** Of everybody else, as far as they concern an owner who may do the same: read, and execute. */
const forOthers = (mode: number): number => (mode >> 6) & 0o5;

/** As many symbolic links as path_resolution(7) follows. */
const maxLinks = 40;

/** The root file system while it is put together. What was there first stays. */
export class Tree {
  readonly #entries = new Map<string, FileEntry>();
  readonly #fallbacks: SymlinkEntry[] = [];
  readonly #daemon: Owner;

  /** `daemon`: who owns what others may not read on this host. */
  constructor(daemon: Owner) {
    this.#daemon = daemon;
    this.#entries.set('/', { path: '/', type: 'directory', mode: 0o755, ...root, layer: 'base' });
  }

  has(path: string): boolean {
    return this.#entries.has(path);
  }

  /** Everything, folders before what is in them, in the order of the bytes of the paths. */
  list(): readonly FileEntry[] {
    for (const link of this.#fallbacks) this.symlink(link.path, link.layer, link.linkTarget);
    const keyed = [...this.#entries.values()].map((entry) => ({ entry, key: Buffer.from(entry.path) }));
    return keyed.sort((a, b) => Buffer.compare(a.key, b.key)).map(({ entry }) => entry);
  }

  /** Where a path leads in the tree, through the links that are in it already. */
  resolve(path: string): string {
    let real = '/';
    let links = 0;
    const rest = path.split('/').reverse();
    for (let name = rest.pop(); name !== undefined; name = rest.pop()) {
      const next = posix.join(real, name);
      const entry = this.#entries.get(next);
      if (entry?.type !== 'symlink' || links === maxLinks) {
        real = next;
        continue;
      }
      links += 1;
      if (entry.linkTarget.startsWith('/')) real = '/';
      rest.push(...entry.linkTarget.split('/').reverse());
    }
    return real;
  }

  /** A folder on the way to something. It has no secrets: it is open, whatever it is on the host. */
  directory(path: string, layer: LayerName): void {
    if (!this.#entries.has(path)) this.#put({ path, type: 'directory', mode: 0o755, ...root, layer });
  }

  /** A folder with a mode and an owner of its own. */
  ownDirectory(path: string, layer: LayerName, mode: number, owner: Owner = root): void {
    const there = this.#entries.get(path);
    if (there === undefined || there.type === 'directory') {
      this.#put({ path, type: 'directory', mode, ...owner, layer: there?.layer ?? layer });
    }
  }

  content(path: string, layer: LayerName, content: string | Buffer, mode = 0o644): void {
    if (this.#entries.has(path)) return;
    this.#put({ path, type: 'file', mode, ...root, layer, content: Buffer.from(content) });
  }

  symlink(path: string, layer: LayerName, linkTarget: string): void {
    if (this.#entries.has(path)) return;
    this.#put({ path, type: 'symlink', mode: 0o777, ...root, layer, linkTarget });
  }

  /** A link that is made only if nothing else comes to be at its path. */
  fallbackLink(path: string, layer: LayerName, linkTarget: string): void {
    this.#fallbacks.push({ path, type: 'symlink', mode: 0o777, ...root, layer, linkTarget });
  }

  /**
   * A file of the host at its real path. Public files belong to root. What others may not read or execute belongs to the
   * daemon, which could not use it otherwise; it stays closed to everybody else. Set-user-ID bits are left out.
   */
  file(path: string, layer: LayerName, stat: BigIntStats): void {
    if (this.#entries.has(path)) return;
    const { mode, owner } = this.#access(stat);
    this.#put({ path, type: 'file', mode, ...owner, layer, source: path, identity: identityOf(stat) });
  }

  /** A folder of the host that is packed as a whole, with its mode. */
  hostDirectory(path: string, layer: LayerName, stat: BigIntStats): void {
    const { mode, owner } = this.#access(stat);
    this.ownDirectory(path, layer, mode, owner);
  }

  #access(stat: BigIntStats): { mode: number; owner: Owner } {
    const mode = Number(stat.mode) & 0o777;
    const wanted = forOthers(mode);
    return { mode, owner: (mode & wanted) === wanted ? root : this.#daemon };
  }

  #put(entry: FileEntry): void {
    if (entry.path !== '/') this.directory(posix.dirname(entry.path), entry.layer);
    this.#entries.set(entry.path, entry);
  }
}
