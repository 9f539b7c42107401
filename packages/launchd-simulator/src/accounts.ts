import { readFileSync } from 'node:fs';

export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
  readonly shell: string;
  readonly groups: readonly number[];
}

const lines = (path: string): string[][] =>
  readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split(':'));

export const groupNumber = (name: string): number | undefined => {
  const found = lines('/etc/group').find(([group]) => group === name);
  return found ? Number(found[2]) : undefined;
};

/** An account of this machine, by name or number. */
export function findAccount(who: string | number): Account | undefined {
  const found = lines('/etc/passwd').find(([name, , uid]) =>
    typeof who === 'string' ? name === who : Number(uid) === who,
  );
  if (!found) return undefined;
  const [name = '', , uid, gid, , home = '/', shell = '/bin/sh'] = found;
  const groups = lines('/etc/group')
    .filter(([, , , members]) => members?.split(',').includes(name))
    .map(([, , number]) => Number(number));
  return {
    name,
    uid: Number(uid),
    gid: Number(gid),
    home,
    shell,
    groups: [...new Set([Number(gid), ...groups])],
  };
}
