import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

const idIn = (passwd: string, name: string): number | undefined => {
  const line = passwd.split('\n').find((text) => text.startsWith(`${name}:`));
  const id = Number.parseInt(line?.split(':')[2] ?? '', 10);
  return Number.isNaN(id) ? undefined : id;
};

/** The number of the user that a spec names, for `JournalQuery.uid`; `undefined` when there is none (any more). */
export async function userIdOf(user: string | number): Promise<number | undefined> {
  if (typeof user === 'number' || /^\d+$/.test(user)) return Number(user);
  const local = await readFile('/etc/passwd', 'utf8').catch(() => '');
  const id = idIn(local, user);
  if (id !== undefined) return id;
  // Users of a directory service: passwd(5) by way of nsswitch.conf(5).
  const found = await promisify(execFile)('getent', ['passwd', '--', user]).catch(() => undefined);
  return found && idIn(found.stdout, user);
}
