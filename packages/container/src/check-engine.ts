import { existsSync } from 'node:fs';
import { configError, type DaemonSpec } from '@duende/core/contract';
import type { Context } from './daemon.ts';
import type { ContainerPlan, EngineInfo } from './engine/engine.ts';
import type { ContainerSettings } from './settings.ts';

/** Where the setting of a limit stands. */
const fields: Readonly<Record<string, string>> = {
  memory: 'memoryMax',
  swap: 'memorySwapMax',
  cpus: 'cpuQuota',
  cpuWeight: 'cpuWeight',
  pids: 'pidsMax',
  ioReadBps: 'ioReadBps',
  ioWriteBps: 'ioWriteBps',
};

/** What only the engine knows of its machine. @throws PlatformError Config */
export function checkLimits(plan: ContainerPlan, info: EngineInfo): void {
  for (const name of Object.keys(plan.limits)) {
    const why = info.missing[name];
    if (why === undefined) continue;
    const field = `resources.${fields[name] ?? name}`;
    throw configError(`${info.title} cannot enforce ${field} here: ${why}`, {
      field,
      platform: 'container',
      operation: 'spawn',
    });
  }
}

/** What one engine would take and not do. @throws PlatformError Config */
export function checkForEngine(
  { engine }: Context,
  { sandbox }: DaemonSpec,
  { mounts }: ContainerSettings,
): void {
  const wrong = (field: string, why: string) =>
    configError(`${field}: ${why}`, { field, platform: 'container', operation: 'spawn' });
  if (engine.runtime === 'containerd' && sandbox.seccomp === 'default') {
    throw wrong(
      'sandbox.seccomp',
      'containerd has no filter of its own; name the calls to deny, or use Docker',
    );
  }
  // Podman would make a folder of what is missing.
  const missing = engine.runtime === 'docker' ? -1 : mounts.findIndex(({ source }) => !existsSync(source));
  if (missing >= 0) {
    throw wrong(`platform.container.mounts[${missing}].source`, `there is no ${mounts[missing]?.source}`);
  }
}
