import { mkdirSync, readFileSync } from 'node:fs';
import {
  assertEnforceable,
  type Capabilities,
  type DaemonHandle,
  type DaemonSpec,
  moduleCommand,
  PlatformError,
} from '@duende/core/contract';
import { blockDevices } from './block-devices.ts';
import { findCgroupRoots } from './cgroup-mounts.ts';
import { planCgroups } from './cgroup-plan.ts';
import { encodeFrames } from './config-frame.ts';
import { resolveIdentity } from './identity.ts';
import type { NativePaths } from './paths.ts';
import { bootId } from './process-info.ts';
import { resolveProgram } from './program.ts';
import { renderFrames, renderPlace } from './render.ts';
import { supervisorFailure as fail, spawnError } from './spawn-error.ts';
import type { Supervisor } from './supervisor-command.ts';
import { prepareSupervisor, takeSupervisor } from './supervisor-process.ts';

interface SpawnContext {
  readonly paths: NativePaths;
  readonly supervisor: Supervisor;
  readonly capabilities: Capabilities;
}

function programOf(spec: DaemonSpec): {
  file: string;
  args: readonly string[];
  env: Readonly<Record<string, string>>;
} {
  if ('module' in spec) {
    const { program, args, env } = moduleCommand(spec, 'native');
    return { file: program, args, env };
  }
  return {
    file: resolveProgram(spec.program, { path: spec.env.PATH, cwd: spec.cwd }),
    args: spec.args,
    env: {},
  };
}

/** The folder of all daemons. @throws PlatformError SpawnFailed / permission-denied or engine-error. */
function makeBase(base: string): void {
  try {
    mkdirSync(base, { recursive: true, mode: 0o700 });
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new PlatformError('SpawnFailed', `Cannot make the state folder ${base}: ${code}`, {
      reason:
        code === 'EACCES' || code === 'EPERM' || code === 'EROFS' ? 'permission-denied' : 'engine-error',
      platform: 'native',
      operation: 'spawn',
      hint: 'Set DUENDE_STATE_DIR to a folder that you may write',
      cause,
    });
  }
}

/** Looks up everything that the spec names, and renders it. */
function configure(spec: DaemonSpec, id: string, keepLog: boolean) {
  const program = programOf(spec);
  const needsGroups = Object.keys(spec.resources).length > 0;
  const cgroups = needsGroups
    ? planCgroups(spec, id, findCgroupRoots(), blockDevices())
    : { steps: [], processes: [], oomFile: undefined };
  const healthCommand =
    spec.health?.type === 'command'
      ? resolveProgram(spec.health.command[0] as string, { path: spec.env.PATH, cwd: spec.cwd })
      : undefined;
  const identity = resolveIdentity(spec);
  const input = { id, bootId: bootId(), spec, program, identity, cgroups, keepLog };
  return { file: program.file, frames: encodeFrames(renderFrames(input, healthCommand)) };
}

/** A random UUID; of the kernel where there is one (random(4)), since loading node:crypto takes longer than a spawn. */
async function newId(): Promise<string> {
  try {
    return readFileSync('/proc/sys/kernel/random/uuid', 'latin1').trim();
  } catch {
    return (await import('node:crypto')).randomUUID();
  }
}

/**
 * Spawns the daemon that `describe` gives, a checked spec. `keepLog`: the log of the daemon of that name that has ended goes on.
 * @throws PlatformError see PlatformAdapter.spawn
 */
export async function spawnDaemon(
  describe: () => DaemonSpec | Promise<DaemonSpec>,
  context: SpawnContext,
  keepLog = false,
): Promise<DaemonHandle> {
  // It starts on the other processor while the spec is checked here; without a word from us it goes as it has come.
  const { socket, answer } = takeSupervisor(context.supervisor);
  try {
    const spec = await describe();
    assertEnforceable(spec, context.capabilities, 'native');
    makeBase(context.paths.base);
    const id = await newId();
    // It makes its folder while its configuration is made here.
    socket.write(encodeFrames(renderPlace(context.paths.base, id)));
    const { file, frames } = configure(spec, id, keepLog);
    socket.write(frames);
    const line = await answer;
    const ok = /^ok (\d+) (\d+)$/.exec(line);
    if (ok) {
      // Until it has this, the supervisor takes everything back when we die: nobody would know of the daemon.
      socket.end('A');
      prepareSupervisor(context.supervisor);
      return {
        version: 1,
        name: spec.name,
        platform: 'native',
        id,
        data: { kind: 'native', pid: Number(ok[1]) },
      };
    }
    const [, stage, error, lastLine = ''] = /^error (\S+) (-?\d+) ?(.*)$/.exec(line) ?? [];
    if (stage === undefined) throw fail(`The supervisor answered ${JSON.stringify(line)}`);
    throw spawnError({ stage, error: Number(error), lastLine }, spec, file);
  } catch (error) {
    socket.destroy();
    throw error;
  }
}
