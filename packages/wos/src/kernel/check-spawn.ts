import { PlatformError } from '@duende/core/contract';
import { check } from './check.ts';
import { type CheckedSpawn, type SpawnOptions, spawnSchema } from './options.ts';

/** @throws PlatformError Config / invalid-setting with the field at fault */
export function checkSpawn(given: SpawnOptions): CheckedSpawn {
  const options = check(spawnSchema, given, 'spawn');
  if (!options.capabilities.spawn) return options;
  if (options.script !== undefined) throw refused('a script cannot start processes');
  // They would have to be in its OS process, and then not in the kernel's table.
  if (options.isolation === 'process')
    throw refused('a process with the isolation "process" cannot start others');
  return options;
}

const refused = (why: string) =>
  new PlatformError('Config', `capabilities.spawn: ${why}`, {
    reason: 'invalid-setting',
    platform: 'wos',
    operation: 'spawn',
    field: 'capabilities.spawn',
  });
