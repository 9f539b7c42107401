import { spawn as spawnProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import type { Duplex } from 'node:stream';
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
import { resolveProgram } from './program.ts';
import { renderFrames } from './render.ts';
import { spawnError } from './spawn-error.ts';

interface SpawnContext {
  readonly paths: NativePaths;
  readonly supervisor: string;
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

function fail(message: string, cause?: unknown): PlatformError {
  return new PlatformError('SpawnFailed', message, {
    reason: 'engine-error',
    platform: 'native',
    operation: 'spawn',
    cause,
  });
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

/** The one line that the supervisor answers with; rejects when it ends without one. */
function readAnswer(socket: Duplex): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    socket.setEncoding('utf8');
    socket.on('data', (chunk: string) => {
      text += chunk;
      const end = text.indexOf('\n');
      if (end >= 0) resolve(text.slice(0, end));
    });
    socket.on('error', reject);
    socket.on('close', () => reject(fail('The supervisor ended without an answer; it was killed')));
  });
}

/** Starts the supervisor with its configuration and hears what became of it. */
async function runSupervisor(supervisor: string, frames: Buffer): Promise<{ line: string; socket: Duplex }> {
  const child = spawnProcess(supervisor, ['run'], {
    cwd: '/',
    env: {},
    detached: true,
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  });
  const socket = child.stdio[3] as Duplex;
  const failure = new Promise<never>((_, reject) => {
    child.once('error', (cause) =>
      reject(fail(`Cannot start the supervisor ${supervisor}: ${cause.message}`, cause)),
    );
  });
  child.unref();
  const answer = readAnswer(socket);
  socket.write(frames);
  return { line: await Promise.race([answer, failure]), socket };
}

/**
 * Spawns one daemon from a checked spec. `keepLog`: the log of the daemon of that name that has ended goes on.
 * @throws PlatformError see PlatformAdapter.spawn
 */
export async function spawnDaemon(
  spec: DaemonSpec,
  context: SpawnContext,
  keepLog = false,
): Promise<DaemonHandle> {
  assertEnforceable(spec, context.capabilities, 'native');
  const id = randomUUID();
  const program = programOf(spec);
  const needsGroups = Object.keys(spec.resources).length > 0;
  const cgroups = needsGroups
    ? planCgroups(spec, id, findCgroupRoots(), blockDevices())
    : { steps: [], processes: [], oomFile: undefined };
  const healthCommand =
    spec.health?.type === 'command'
      ? resolveProgram(spec.health.command[0] as string, { path: spec.env.PATH, cwd: spec.cwd })
      : undefined;
  const input = {
    base: context.paths.base,
    id,
    spec,
    program,
    identity: resolveIdentity(spec),
    cgroups,
    keepLog,
  };
  const frames = encodeFrames(renderFrames(input, healthCommand));
  makeBase(context.paths.base);
  const { line, socket } = await runSupervisor(context.supervisor, frames);
  const ok = /^ok (\d+) (\d+)$/.exec(line);
  if (!ok) {
    socket.destroy();
    const answer = /^error (\S+) (-?\d+) ?(.*)$/.exec(line);
    if (!answer) throw fail(`The supervisor answered ${JSON.stringify(line)}`);
    throw spawnError(
      { stage: answer[1] as string, error: Number(answer[2]), lastLine: answer[3] ?? '' },
      spec,
      program.file,
    );
  }
  // Until it has heard this, the supervisor takes everything back when we die: nobody would know of the daemon.
  await new Promise<void>((resolve) => socket.end('A', resolve));
  socket.destroy();
  return {
    version: 1,
    name: spec.name,
    platform: 'native',
    id,
    data: { kind: 'native', pid: Number(ok[1]) },
  };
}
