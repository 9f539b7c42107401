import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { type DaemonSpec, PlatformError } from '@duende/core/contract';
import {
  encodeCreatedPage,
  isOwnerAlive,
  type Owner,
  ownIdentity,
  readStatePage,
  type StatePage,
} from '@duende/program';
import type { Runtime } from './engine/engine.ts';

export const isKey = (text: string): boolean => /^[0-9a-f-]{36}$/.test(text);

/** Without symbolic links, also where its last folders are still to be made. */
function realOf(path: string): string {
  if (existsSync(path)) return realpathSync(path);
  const parent = dirname(path);
  return parent === path ? path : join(realOf(parent), basename(path));
}

/** What engines do not keep of a daemon: its spec, and the folder that its init works in. One folder a daemon, by key, 0700. */
export class StateFolder {
  /** Also the label that says whose a container is. */
  readonly base: string;

  constructor(stateDirectory: string, runtime: Runtime) {
    this.base = join(realOf(stateDirectory), 'container', runtime);
  }

  folder(key: string): string {
    // It comes from a label, which anybody may have written.
    if (!isKey(key)) throw new Error(`not a key: ${key.slice(0, 60)}`);
    return join(this.base, key);
  }

  /** The folder that is /run/duende in the container. */
  run(key: string): string {
    return join(this.folder(key), 'run');
  }

  page(key: string): StatePage | 'missing' | 'damaged' {
    try {
      return readStatePage(join(this.run(key), 'state'));
    } catch {
      return 'damaged';
    }
  }

  /** @throws when it cannot be read. */
  spec(key: string): DaemonSpec {
    return JSON.parse(readFileSync(join(this.folder(key), 'spec.json'), 'utf8')) as DaemonSpec;
  }

  /** Why the first run could not begin: `STAGE ERRNO LASTLINE`. */
  failure(key: string): string | undefined {
    try {
      return readFileSync(join(this.run(key), 'failure'), 'utf8').trimEnd();
    } catch {
      return undefined;
    }
  }

  /** Makes the folder of a daemon. @throws PlatformError SpawnFailed */
  make(key: string, spec: DaemonSpec): void {
    const folder = this.folder(key);
    try {
      mkdirSync(this.base, { recursive: true, mode: 0o700 });
      mkdirSync(folder, { mode: 0o700 });
      this.makeShared(this.run(key));
      // Here, since a filter of system calls may keep the init from making it.
      this.makeShared(join(this.run(key), 'log'));
      writeFileSync(join(folder, 'spec.json'), JSON.stringify(spec), { mode: 0o600, flag: 'wx' });
      this.own(key);
    } catch (cause) {
      rmSync(folder, { recursive: true, force: true });
      throw folderError(this.base, cause);
    }
  }

  /** A folder that the daemon may write, whoever it runs as and whatever the umask is: the one above keeps everybody else out. */
  makeShared(path: string): void {
    mkdirSync(path);
    chmodSync(path, 0o777);
  }

  /** What the init of the next start finds. @throws PlatformError SpawnFailed */
  prepare(key: string, id: string, name: string, config: Buffer): void {
    const run = this.run(key);
    try {
      rmSync(join(run, 'failure'), { force: true });
      writeFileSync(join(run, 'config'), config, { mode: 0o644 });
      chmodSync(join(run, 'config'), 0o644);
      writeFileSync(join(run, 'state'), encodeCreatedPage(id, name), { mode: 0o666 });
      chmodSync(join(run, 'state'), 0o666);
    } catch (cause) {
      throw folderError(this.base, cause);
    }
  }

  /** Notes who is at work on it. */
  own(key: string): void {
    const owner: Owner = ownIdentity();
    writeFileSync(join(this.folder(key), 'owner'), JSON.stringify(owner), { mode: 0o600 });
  }

  /** Whether whoever made it is still there to finish it. */
  isOwned(key: string): boolean {
    try {
      return isOwnerAlive(JSON.parse(readFileSync(join(this.folder(key), 'owner'), 'utf8')) as Owner);
    } catch {
      return false;
    }
  }

  /** Made so long ago, in milliseconds; 0 when there is none. */
  age(key: string): number {
    const info = statSync(this.folder(key), { throwIfNoEntry: false });
    return info === undefined ? 0 : Date.now() - info.ctimeMs;
  }

  remove(key: string): void {
    rmSync(this.folder(key), { recursive: true, force: true });
  }

  keys(): string[] {
    try {
      return readdirSync(this.base).filter(isKey);
    } catch {
      return [];
    }
  }
}

function folderError(base: string, cause: unknown): PlatformError {
  const { code, message } = cause as NodeJS.ErrnoException;
  const denied = code === 'EACCES' || code === 'EPERM' || code === 'EROFS';
  const full = code === 'ENOSPC' || code === 'EDQUOT';
  return new PlatformError('SpawnFailed', `Cannot write to the state folder ${base}: ${code ?? message}`, {
    reason: denied ? 'permission-denied' : 'engine-error',
    platform: 'container',
    operation: 'spawn',
    hint: full
      ? 'Free some disk space, or set DUENDE_STATE_DIR to another disk'
      : 'Set DUENDE_STATE_DIR to a folder that you may write',
    cause,
  });
}
