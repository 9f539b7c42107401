import { existsSync, readFileSync } from 'node:fs';
import type { Scope } from './scope.ts';

/** The version of the hierarchy in which a controller is. */
export type ControllerHome = 'v1' | 'v2';

function words(path: string): string[] {
  try {
    return readFileSync(path, 'latin1').trim().split(/\s+/).filter(Boolean);
  } catch {
    return [];
  }
}

/** In version 1 another name. */
const v1Names: Readonly<Record<string, string>> = { memory: 'memory', pids: 'pids', cpu: 'cpu', io: 'blkio' };

/**
 * The controllers that units of a manager get, by name: memory, pids, cpu, io. A user manager gets those that the system's delegates to
 * it, which it does with version 2 only (systemd.resource-control(5), "Unified and legacy control group hierarchies").
 */
export function controllerHomes(
  scope: Scope,
  root = '/sys/fs/cgroup',
  uid = process.geteuid?.() ?? 0,
): Map<string, ControllerHome> {
  const homes = new Map<string, ControllerHome>();
  if (existsSync(`${root}/cgroup.controllers`)) {
    const folder = scope === 'system' ? root : `${root}/user.slice/user-${uid}.slice/user@${uid}.service`;
    for (const controller of words(`${folder}/cgroup.controllers`)) homes.set(controller, 'v2');
    return homes;
  }
  if (scope === 'user') return homes;
  for (const [controller, name] of Object.entries(v1Names)) {
    if (existsSync(`${root}/${name}/cgroup.procs`)) homes.set(controller, 'v1');
  }
  return homes;
}
