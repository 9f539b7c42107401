import {
  assertEnforceable,
  type Capabilities,
  type DaemonHandle,
  type DaemonSpec,
  moduleCommand,
} from '@duende/core/contract';
import {
  blockDevices,
  bootId,
  encodeFrames,
  healthCommandFile,
  resolveIdentity,
  resolveProgram,
} from '@duende/program';
import { findCgroupRoots } from './cgroup-mounts.ts';
import { planCgroups } from './cgroup-plan.ts';
import { frameTags } from './config-frame.ts';
import { newId } from './new-id.ts';
import type { NativePaths } from './paths.ts';
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
    file: resolveProgram(spec.program, { platform: 'native', path: spec.env.PATH, cwd: spec.cwd }),
    args: spec.args,
    env: {},
  };
}

/** Looks up everything that the spec names, and renders it. */
function configure(spec: DaemonSpec, id: string, keepLog: boolean) {
  const program = programOf(spec);
  const needsGroups = Object.keys(spec.resources).length > 0;
  const cgroups = needsGroups
    ? planCgroups(
        spec,
        id,
        findCgroupRoots(),
        blockDevices().map(({ number }) => number),
      )
    : { steps: [], processes: [], oomFile: undefined };
  const healthCommand = healthCommandFile(spec, 'native');
  const identity = resolveIdentity(spec, 'native');
  const input = { id, bootId: bootId(), spec, program, identity, cgroups, keepLog };
  return { file: program.file, frames: encodeFrames(renderFrames(input, healthCommand), frameTags) };
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
    const id = newId();
    // It makes its folder while its configuration is made here.
    socket.write(encodeFrames(renderPlace(context.paths.base, id), frameTags));
    const { file, frames } = configure(spec, id, keepLog);
    socket.write(frames);
    const line = await answer;
    const ok = /^ok (\d+) (\d+)$/.exec(line);
    if (ok) {
      // Until it has this, the supervisor takes everything back when we die: nobody would know of the daemon.
      socket.write('A', () => socket.destroy());
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
