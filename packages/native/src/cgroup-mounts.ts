import { accessSync, constants, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** The controllers that a resource setting needs. */
export type Controller = 'memory' | 'pids' | 'cpu' | 'cpuacct' | 'io';

/** Where daemons of one controller get their groups: `parent` exists, a folder `duende` is made in it. */
export interface CgroupRoot {
  readonly version: 1 | 2;
  readonly parent: string;
}

export type CgroupRoots = Partial<Record<Controller, CgroupRoot>>;

interface Mount {
  readonly path: string;
  readonly type: string;
  readonly options: readonly string[];
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** proc(5) mountinfo: `... mount-point options ... - type source super-options`. */
export function parseMounts(text: string): Mount[] {
  return text.split('\n').flatMap((line) => {
    const [before = '', after = ''] = line.split(' - ');
    const [type = '', , options = ''] = after.split(' ');
    const path = before.split(' ')[4];
    if (path === undefined || !type.startsWith('cgroup')) return [];
    return [{ path: path.replaceAll('\\040', ' '), type, options: options.split(',') }];
  });
}

function writable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

const names: Readonly<Record<Controller, string>> = {
  memory: 'memory',
  pids: 'pids',
  cpu: 'cpu',
  cpuacct: 'cpuacct',
  io: 'blkio',
};

/** cgroups(7): in version 2 a process may only be moved by whoever may write the nearest common ancestor of both groups. */
function unifiedParent(mount: string, own: string, isRoot: boolean): string | undefined {
  if (isRoot && writable(join(mount, 'cgroup.procs'))) return mount;
  // A user's own manager has a delegated subtree; from inside of it, its processes may be moved within it.
  const delegated = /^(\/.*\/user@\d+\.service)\//.exec(own)?.[1];
  if (delegated && writable(join(mount, delegated, 'cgroup.procs'))) return join(mount, delegated);
  return undefined;
}

/** Which controllers can be used here, and where. Version 1 hierarchies are root's; nothing is tried out, only looked at. */
export function findCgroupRoots(
  mounts: readonly Mount[] = parseMounts(read('/proc/self/mountinfo')),
  own: string = read('/proc/self/cgroup'),
  isRoot: boolean = process.getuid?.() === 0,
): CgroupRoots {
  const roots: CgroupRoots = {};
  const unified = mounts.find((mount) => mount.type === 'cgroup2');
  const ownUnified = /^0::(.*)$/m.exec(own)?.[1] ?? '/';
  const parent = unified && unifiedParent(unified.path, ownUnified, isRoot);
  const enabled = parent ? read(join(parent, 'cgroup.subtree_control')).trim().split(/\s+/) : [];
  const offered = parent ? read(join(parent, 'cgroup.controllers')).trim().split(/\s+/) : [];
  // Only the real root of the hierarchy may hold processes and still give controllers to its children.
  const mayEnable = parent !== undefined && !statSync(join(parent, 'cgroup.type'), { throwIfNoEntry: false });
  for (const controller of Object.keys(names) as Controller[]) {
    const v1 = mounts.find(({ type, options }) => type === 'cgroup' && options.includes(names[controller]));
    if (v1 && isRoot && writable(join(v1.path, 'cgroup.procs'))) {
      roots[controller] = { version: 1, parent: v1.path };
      continue;
    }
    const wanted = controller === 'cpuacct' ? 'cpu' : controller;
    if (parent && (enabled.includes(wanted) || (mayEnable && offered.includes(wanted)))) {
      roots[controller] = { version: 2, parent };
    }
  }
  return roots;
}
