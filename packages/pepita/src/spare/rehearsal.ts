import type { DaemonSpec } from '@duende/core/contract';
import { encodeCreatedPage } from '@duende/program';
import { guestConfig } from '../adapter/guest-config.ts';
import type { VmRecord } from '../adapter/vm-record.ts';

const id = '00000000-0000-4000-8000-000000000000';
/** The agent itself: the only program that every guest has, and one that may be run without anybody's knowing. */
const agent = '/proc/1/exe';

/**
 * Pure: what a spare of a VM does before it is needed. The daemon's own program is never run: programs that are known to do nothing are,
 * or else it is read.
 */
export function rehearsalsOf(spec: DaemonSpec, record: VmRecord): { page: Buffer; config: Buffer }[] {
  const { warm = [], program } = record;
  const programs = warm.length > 0 ? warm : [[agent, 'read', program]];
  return programs.map(([path = agent, ...args]) => {
    const { health: _, ...rest } = spec;
    const quiet = {
      ...rest,
      name: 'spare',
      readiness: 'none',
      restart: { ...spec.restart, policy: 'never' },
      resources: {},
    } as DaemonSpec;
    const { healthCommand: __, network: ___, ...plain } = record;
    const config = guestConfig(id, quiet, {
      ...plain,
      vmId: 'spare',
      cid: 0,
      program: path,
      argv: [path, ...args],
      // Of the agent nobody else may read.
      user: path === agent ? { uid: 0, gid: 0, groups: [0] } : record.user,
    });
    return { page: encodeCreatedPage(id, 'spare'), config };
  });
}
