import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { DaemonSpec } from '@duende/core/contract';
import { parsePriority } from '../cli/priority.ts';
import type { RequestParams } from '../protocol/requests.ts';
import { wrong } from './errors.ts';
import { grantsOf } from './grants.ts';
import { limitsOf } from './limits.ts';
import { requireModule } from './program-file.ts';
import { readSettings } from './read-settings.ts';
import { checkPreopens, checkWorkingFolder } from './working-folder.ts';

export type DaemonPlan = Omit<RequestParams<'daemon.spawn'>, 'name' | 'instance'>;

async function runOf(spec: DaemonSpec, scripts: string): Promise<Pick<DaemonPlan['run'], 'module'>> {
  if ('program' in spec) {
    const module = requireModule(spec.program, 'program');
    return { module, ...{ args: [spec.program, ...spec.args], env: spec.env } };
  }
  // Only module daemons need the bundler.
  const { planJsDaemon } = await import('../js/index.ts');
  const { module, script, args, env } = await planJsDaemon({
    name: spec.name,
    module: spec.module,
    stopTimeout: spec.stopTimeout,
    env: spec.env,
    cacheDirectory: scripts,
    ...(spec.config === undefined ? {} : { config: spec.config }),
    ...(spec.health?.type === 'http' ? { healthUrl: spec.health.url } : {}),
  });
  if (typeof module !== 'string') throw wrong('module', 'the engine for scripts was not found');
  return { module, ...{ script, args, env } };
}

function healthOf({ health }: DaemonSpec): Pick<DaemonPlan, 'health'> {
  if (health?.type !== 'command') return health === undefined ? {} : { health };
  const [program = '', ...args] = health.command;
  return { health: { ...health, command: [requireModule(program, 'health.command[0]'), ...args] } };
}

/** Pure: a spec that means the same in other folders: a restart may be asked for from there. */
function wherever(spec: DaemonSpec): DaemonPlan['spec'] {
  if ('program' in spec) return { ...spec, program: resolve(spec.program) };
  const { module } = spec;
  return { ...spec, module: resolve(module.startsWith('file:') ? fileURLToPath(module) : module) };
}

/**
 * What the kernel gets to run the daemon of a checked spec.
 * @param scripts folder for bundles of module daemons
 * @throws PlatformError Config, SpawnFailed
 */
export async function planDaemon(spec: DaemonSpec, scripts: string): Promise<DaemonPlan> {
  const settings = readSettings(spec);
  const { preopens: asked, net, spawn } = grantsOf(spec, settings);
  const limits = limitsOf(spec, settings, spawn);
  checkPreopens(asked);
  const preopens = asked.map(({ value }) => value);
  checkWorkingFolder(spec.cwd, preopens);
  const { priority, isolation } = settings;
  const health = healthOf(spec);
  const run = {
    ...(await runOf(spec, scripts)),
    capabilities: { preopens, net, spawn },
    limits: { ...limits },
    ...(spec.cwd === undefined ? {} : { cwd: spec.cwd }),
    ...(priority === undefined ? {} : { priority: parsePriority(String(priority)) as number }),
    ...(isolation === undefined ? {} : { isolation }),
  };
  const { restart, readiness, startTimeout, stopSignal, stopTimeout, logs } = spec;
  return {
    run,
    ...health,
    restart,
    readiness,
    startTimeout,
    stopSignal,
    stopTimeout,
    logs,
    spec: wherever(spec),
  };
}
