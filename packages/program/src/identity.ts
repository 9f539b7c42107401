import { readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { type DaemonSpec, type Platform, PlatformError } from '@duende/core/contract';
import { lookUpAccount, lookUpGroup, lookUpGroups } from './account-lookup.ts';

export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
  readonly shell: string;
}

/** Who a daemon runs as. `switch` is false when that is who we are anyway. */
export interface Identity {
  readonly account: Account;
  readonly uid: number | undefined;
  readonly gid: number | undefined;
  readonly groups: readonly number[];
}

function lines(path: string): string[][] {
  try {
    return readFileSync(path, 'utf8')
      .split('\n')
      .map((line) => line.split(':'));
  } catch {
    return [];
  }
}

function findAccount(user: string | number): Account | undefined {
  const wanted = String(user);
  const row = lines('/etc/passwd').find(
    (fields) => fields.length >= 7 && (fields[0] === wanted || fields[2] === wanted),
  );
  if (!row) return undefined;
  const [name, , uid, gid, , home, shell] = row as [string, string, string, string, string, string, string];
  return { name, uid: Number(uid), gid: Number(gid), home, shell: shell || '/bin/sh' };
}

function findGroup(group: string | number): number | undefined {
  const wanted = String(group);
  const row = lines('/etc/group').find(
    (fields) => fields.length >= 4 && (fields[0] === wanted || fields[2] === wanted),
  );
  if (row) return Number(row[2]);
  return /^\d+$/.test(wanted) ? Number(wanted) : lookUpGroup(wanted);
}

function unknown(field: 'user' | 'group', value: string | number, platform: Platform): PlatformError {
  return new PlatformError(
    'SpawnFailed',
    `${field} ${JSON.stringify(value)} does not exist on this machine`,
    {
      reason: 'exec-failed',
      platform,
      operation: 'spawn',
      field,
      hint: `Create it, or name an existing ${field} (getent ${field === 'user' ? 'passwd' : 'group'} lists them)`,
    },
  );
}

let me: Account | undefined;

function self(): Account {
  if (me && me.uid === process.geteuid?.()) return me;
  const { username, uid, gid, homedir, shell } = userInfo();
  me = { name: username, uid, gid, home: homedir, shell: shell || '/bin/sh' };
  return me;
}

/** Any account of this machine; a number need not be one. @throws PlatformError SpawnFailed / exec-failed for an unknown name */
export function resolveAccount(user: string | number, platform: Platform): Account {
  const account = findAccount(user) ?? lookUpAccount(String(user));
  if (account) return account;
  if (!/^\d+$/.test(String(user))) throw unknown('user', user, platform);
  const uid = Number(user);
  return { name: String(uid), uid, gid: uid, home: '/', shell: '/bin/sh' };
}

function supplementary(account: Account): number[] {
  const rows = lines('/etc/group').filter((fields) => (fields[3] ?? '').split(',').includes(account.name));
  const listed = rows.map((fields) => Number(fields[2]));
  // Who is not in the files has groups that are not there either.
  const others = findAccount(account.name) ? [] : lookUpGroups(account.name);
  return [...new Set([account.gid, ...listed, ...others])];
}

/** The number of a group of this machine. @throws PlatformError SpawnFailed / exec-failed for an unknown name */
export function resolveGroup(group: string | number, platform: Platform): number {
  const gid = findGroup(group);
  if (gid === undefined) throw unknown('group', group, platform);
  return gid;
}

/**
 * Who the daemon is to run as.
 * @throws PlatformError SpawnFailed / exec-failed for an unknown user or group, permission-denied when only root may switch.
 */
export function resolveIdentity(spec: Pick<DaemonSpec, 'user' | 'group'>, platform: Platform): Identity {
  const own = self();
  if (spec.user === undefined && spec.group === undefined) {
    return { account: own, uid: undefined, gid: undefined, groups: [] };
  }
  const account = spec.user === undefined ? own : resolveAccount(spec.user, platform);
  const gid = spec.group === undefined ? account.gid : resolveGroup(spec.group, platform);
  if (own.uid !== 0 && (account.uid !== own.uid || gid !== own.gid)) {
    throw new PlatformError('SpawnFailed', `Only root may run a daemon as ${account.name}`, {
      reason: 'permission-denied',
      platform,
      operation: 'spawn',
      field: spec.user === undefined ? 'group' : 'user',
      hint: 'Leave it out to run as yourself, or run duende as root',
    });
  }
  if (own.uid !== 0) return { account, uid: undefined, gid: undefined, groups: [] };
  return { account, uid: account.uid, gid, groups: [...new Set([gid, ...supplementary(account)])] };
}
