import { execFileSync } from 'node:child_process';
import type { Account } from './identity.ts';

function ask(program: string, ...args: string[]): string | undefined {
  try {
    return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return undefined;
  }
}

/**
 * An account that is not in /etc/passwd: of a directory service on Linux (getent(1)), any ordinary one on macOS (id(1), dscl(1)).
 * `undefined` when there is none of that name.
 */
export function lookUpAccount(user: string, os: NodeJS.Platform = process.platform): Account | undefined {
  if (user === '' || user.startsWith('-')) return undefined;
  if (os === 'darwin') {
    const [uid, gid, name] = ['-u', '-g', '-un'].map((flag) => ask('id', flag, user));
    if (uid === undefined || gid === undefined || name === undefined) return undefined;
    const home = /NFSHomeDirectory:\s*(.+)/.exec(
      ask('dscl', '.', '-read', `/Users/${name}`, 'NFSHomeDirectory') ?? '',
    )?.[1];
    return { name, uid: Number(uid), gid: Number(gid), home: home ?? '/var/empty', shell: '/bin/sh' };
  }
  const fields = ask('getent', 'passwd', user)?.split(':');
  if (fields?.length !== 7) return undefined;
  const [name, , uid, gid, , home, shell] = fields as [
    string,
    string,
    string,
    string,
    string,
    string,
    string,
  ];
  return { name, uid: Number(uid), gid: Number(gid), home, shell: shell || '/bin/sh' };
}

/** Every group of an account, as id(1) knows them. */
export function lookUpGroups(name: string): number[] {
  const groups = name.startsWith('-') ? undefined : ask('id', '-G', name);
  return groups === undefined || groups === '' ? [] : groups.split(/\s+/).map(Number);
}

/** The number of a group that is not in /etc/group. */
export function lookUpGroup(group: string, os: NodeJS.Platform = process.platform): number | undefined {
  if (group === '' || group.startsWith('-')) return undefined;
  const text =
    os === 'darwin'
      ? /PrimaryGroupID:\s*(\d+)/.exec(
          ask('dscl', '.', '-read', `/Groups/${group}`, 'PrimaryGroupID') ?? '',
        )?.[1]
      : ask('getent', 'group', group)?.split(':')[2];
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}
