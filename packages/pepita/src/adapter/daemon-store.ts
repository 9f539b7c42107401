import { randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type DaemonSpec, type DaemonStatus, isDaemonName } from '@duende/core/contract';
import {
  encodeCreatedPage,
  isOwnerAlive,
  type Owner,
  ownIdentity,
  readStatePage,
  type StatePage,
} from '@duende/program';
import { codeOf } from '../fail.ts';
import type { PepitaPaths } from '../paths.ts';
import { storeError } from './failures.ts';
import type { VmRecord } from './vm-record.ts';

/** A name of its own for something that is not there yet, or not any more: no daemon has it. */
const hidden = (name: string): string => `.${name}-${randomUUID()}`;

const json = <T>(path: string): T => JSON.parse(readFileSync(path, 'utf8')) as T;

/** What is kept of each daemon: one folder by its name, 0700. It appears whole, and goes whole. */
export class DaemonStore {
  readonly base: string;

  constructor(paths: PepitaPaths) {
    this.base = paths.daemons;
  }

  folder(name: string): string {
    return join(this.base, name);
  }

  /** The folder that the bridge mirrors the guest into. */
  run(name: string): string {
    return join(this.base, name, 'run');
  }

  page(name: string): StatePage | 'missing' | 'damaged' {
    try {
      return readStatePage(join(this.run(name), 'state'));
    } catch {
      return 'damaged';
    }
  }

  /** @throws when it cannot be read. */
  spec(name: string): DaemonSpec {
    return json(join(this.folder(name), 'spec.json'));
  }

  /** @throws when it cannot be read. */
  record(name: string): VmRecord {
    return json(join(this.folder(name), 'vm.json'));
  }

  /** Why the first run could not begin: `STAGE ERRNO LASTLINE`. */
  failure(name: string): string | undefined {
    try {
      return readFileSync(join(this.run(name), 'failure'), 'utf8').trimEnd();
    } catch {
      return undefined;
    }
  }

  /** How it ended, of one whose guest could not say it. */
  end(name: string): DaemonStatus | undefined {
    try {
      return json(join(this.folder(name), 'end.json'));
    } catch {
      return undefined;
    }
  }

  setEnd(name: string, status: DaemonStatus): void {
    const path = join(this.folder(name), 'end.json');
    writeFileSync(`${path}.new`, JSON.stringify(status), { mode: 0o600 });
    renameSync(`${path}.new`, path);
  }

  /** What the guest has measured right before it was frozen, as far as it is known. */
  frozen(name: string): Readonly<Record<string, number>> {
    try {
      return json(join(this.folder(name), 'frozen.json'));
    } catch {
      return {};
    }
  }

  setFrozen(name: string, numbers: Readonly<Record<string, number>> = {}): void {
    writeFileSync(join(this.folder(name), 'frozen.json'), JSON.stringify(numbers), { mode: 0o600 });
  }

  /** Unix milliseconds of the guest's last greeting; 0 without one. */
  answeredAt(name: string): number {
    return statSync(join(this.run(name), 'agent'), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  }

  /** When the bridge has last ended a VM whose guest did not come up, Unix time in milliseconds; 0 for never. */
  hungAt(name: string): number {
    return statSync(join(this.run(name), 'hung'), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  }

  /** Makes the folder of a daemon under a hidden name, which is returned. @throws PlatformError SpawnFailed */
  draft(spec: DaemonSpec, record: VmRecord): string {
    const name = hidden(spec.name);
    try {
      mkdirSync(this.base, { recursive: true, mode: 0o700 });
      mkdirSync(this.folder(name), { mode: 0o700 });
      this.own(name);
      mkdirSync(join(this.run(name), 'log'), { recursive: true, mode: 0o700 });
      writeFileSync(join(this.folder(name), 'spec.json'), JSON.stringify(spec), { mode: 0o600 });
      this.setRecord(name, record);
      return name;
    } catch (cause) {
      this.remove(name);
      throw storeError(this.base, cause);
    }
  }

  setRecord(name: string, record: VmRecord): void {
    const path = join(this.folder(name), 'vm.json');
    writeFileSync(`${path}.new`, JSON.stringify(record), { mode: 0o600 });
    renameSync(`${path}.new`, path);
  }

  /** What the bridge of the next run finds. `name` may be a hidden one. @throws PlatformError SpawnFailed */
  prepare(name: string, page: { readonly id: string; readonly name: string }, config: Buffer): void {
    const run = this.run(name);
    try {
      for (const old of ['failure', 'agent', 'control', 'exec']) rmSync(join(run, old), { force: true });
      rmSync(join(this.folder(name), 'end.json'), { force: true });
      writeFileSync(join(run, 'config'), config, { mode: 0o600 });
      writeFileSync(join(run, 'state'), encodeCreatedPage(page.id, page.name), { mode: 0o600 });
    } catch (cause) {
      throw storeError(this.base, cause);
    }
  }

  /** False when somebody else has the new name. */
  rename(from: string, to: string): boolean {
    try {
      renameSync(this.folder(from), this.folder(to));
      return true;
    } catch (error) {
      if (['EEXIST', 'ENOTEMPTY', 'ENOENT', 'ENOTDIR'].includes(codeOf(error))) return false;
      throw error;
    }
  }

  /** Puts a daemon aside under a hidden name, which is returned. */
  putAside(name: string): string | undefined {
    const aside = hidden(`${name}-old`);
    return this.rename(name, aside) ? aside : undefined;
  }

  /** Notes who is at work on it. */
  own(name: string): void {
    writeFileSync(join(this.folder(name), 'owner'), JSON.stringify(ownIdentity()), { mode: 0o600 });
  }

  /** Whether whoever made it is still there to finish it. */
  isOwned(name: string): boolean {
    try {
      return isOwnerAlive(json<Owner>(join(this.folder(name), 'owner')));
    } catch {
      return false;
    }
  }

  /** Gone at once for everybody else. */
  remove(name: string): void {
    const away = basename(name).startsWith('.') ? name : hidden(name);
    if (away !== name && !this.rename(name, away)) return;
    rmSync(this.folder(away), { recursive: true, force: true });
  }

  /** Every folder, by name: of daemons, and hidden ones. */
  names(): { readonly daemons: string[]; readonly hidden: string[] } {
    const all = ((): string[] => {
      try {
        return readdirSync(this.base);
      } catch {
        return [];
      }
    })();
    return {
      daemons: all.filter(isDaemonName).sort(),
      hidden: all.filter((name) => name.startsWith('.') && !name.endsWith('.lock')),
    };
  }
}
