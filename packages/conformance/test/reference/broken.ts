import type { PlatformAdapter } from '@duende/core';
import type { ReferenceAdapter } from './adapter.ts';
import { adapterFaults } from './broken-adapter.ts';
import { daemonFaults } from './broken-daemon.ts';
import { logFaults } from './broken-log.ts';
import { spawnFaults } from './broken-spawn.ts';
import type { World } from './world.ts';

/** A fault, the clause that must find it, and how an adapter with the fault is made. */
export interface Fault {
  readonly title: string;
  readonly clause: string;
  readonly Adapter?: typeof ReferenceAdapter;
  readonly createWorld?: () => World;
  /** A process that had a client has gone. */
  readonly onClientGone?: (world: World, adapter: PlatformAdapter) => void;
}

const dieWithSpawner: Fault = {
  title: 'ends daemons with the process that spawned them',
  clause: 'recovery.spawner-gone',
  onClientGone: (world) => {
    for (const daemon of world.daemons.values()) daemon.killTree();
  },
};

export const faults: readonly Fault[] = [
  ...spawnFaults,
  ...daemonFaults,
  ...logFaults,
  ...adapterFaults,
  dieWithSpawner,
];
