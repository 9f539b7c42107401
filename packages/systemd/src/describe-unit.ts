import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { type DaemonSpec, moduleCommand } from '@duende/core/contract';
import { encodeFrames, healthCommandFile, healthPort, resolveProgram } from '@duende/program';
import { bootId } from './daemon.ts';
import { frameTags } from './frames.ts';
import { ownIdentity } from './process-identity.ts';
import { isWatched } from './properties.ts';
import { execFrames, type Program } from './render/exec-frames.ts';
import { encodeUnitPage, type PageSettings } from './unit-page.ts';

/** How the daemon host reaches $NOTIFY_SOCKET. */
const notifyModule = (): string =>
  pathToFileURL(createRequire(import.meta.url).resolve('@duende/notify')).href;

function programOf(spec: DaemonSpec): Program {
  if ('module' in spec) {
    const { program, args, env } = moduleCommand(spec, 'linux', { notifyModule: notifyModule() });
    return { file: program, args, env };
  }
  const file = resolveProgram(spec.program, { platform: 'linux', path: spec.env.PATH, cwd: spec.cwd ?? '/' });
  return { file, args: spec.args, env: {} };
}

/** The helper does not hear when a program says that it is ready: until then no failed check counts. */
const graceOf = ({ health, readiness, startTimeout }: DaemonSpec): number =>
  Math.max(health?.startPeriod ?? 0, readiness === 'notify' ? startTimeout : 0);

function pageSettings(id: string, spec: DaemonSpec, created: PageSettings['created']): PageSettings {
  const { restart, health } = spec;
  const { delay, factor, maxDelay, window, policy, maxRestarts } = restart;
  const always = policy === 'always' || policy === 'unless-stopped';
  return {
    id,
    bootId: bootId(),
    name: spec.name,
    restart: { delay, factor, maxDelay, window, max: policy === 'never' ? 0 : maxRestarts, always },
    notify: spec.readiness === 'notify',
    // The daemon host has a status to tell; a program that is only executed is not asked for any.
    keepNotifySocket: spec.readiness === 'notify' || 'module' in spec || isWatched(spec),
    health: health && { ...health, startPeriod: graceOf(spec), port: healthPort(spec) },
    spawner: ownIdentity(),
    created,
  };
}

export interface UnitDescription {
  /** Of the daemon's `unit` file. */
  readonly bytes: Buffer;
  /** What will be executed, absolute. */
  readonly file: string;
}

/** Looks up everything that the spec names. @throws PlatformError SpawnFailed / exec-failed, Config */
export function describeUnit(
  id: string,
  spec: DaemonSpec,
  created?: PageSettings['created'],
): UnitDescription {
  const program = programOf(spec);
  const healthCommand = healthCommandFile(spec, 'linux', spec.cwd ?? '/');
  const now = { monotonicUsec: process.hrtime.bigint() / 1000n, wallUsec: BigInt(Date.now()) * 1000n };
  const page = encodeUnitPage(pageSettings(id, spec, created ?? now));
  const frames = encodeFrames(execFrames(spec, program, healthCommand), frameTags);
  return { bytes: Buffer.concat([page, frames]), file: program.file };
}
