import { randomUUID } from 'node:crypto';
import {
  assertEnforceable,
  type Capabilities,
  type DaemonHandle,
  type DaemonSpec,
  type DaemonSpecInput,
  isTerminal,
  moduleCommand,
} from '@duende/core/contract';
import { blockDevices } from './block-devices.ts';
import { busErrorKind, isConnectionLost } from './bus/errors.ts';
import { untilUnit } from './bus/until.ts';
import { bootId, type Context, failure, handleOf, readUnit } from './daemon.ts';
import { encodeFrames } from './frames.ts';
import { checkOwnSettings } from './own-settings.ts';
import { resolveProgram } from './program.ts';
import { execFrames, healthPort, type Program } from './render/exec-frames.ts';
import { serviceSettings } from './render/service.ts';
import { spawnError } from './spawn-error.ts';
import { readStatus } from './status.ts';
import { unitNameOf } from './unit-name.ts';
import { encodeUnitPage, type PageSettings } from './unit-page.ts';

export interface SpawnContext extends Context {
  readonly capabilities: Capabilities;
  readonly helper: string;
}

export interface SpawnOptions {
  /** As it was given, without defaults. */
  readonly input?: DaemonSpecInput | undefined;
  /** When the daemon whose log goes on was made. */
  readonly created?: PageSettings['created'] | undefined;
}

const operation = { code: 'SpawnFailed', name: 'spawn' } as const;

function programOf(spec: DaemonSpec): Program {
  if ('module' in spec) {
    const { program, args, env } = moduleCommand(spec, 'linux');
    return { file: program, args, env };
  }
  return {
    file: resolveProgram(spec.program, { path: spec.env.PATH, cwd: spec.cwd ?? '/' }),
    args: spec.args,
    env: {},
  };
}

function pageSettings(id: string, spec: DaemonSpec, created: PageSettings['created']): PageSettings {
  const { restart, health } = spec;
  const { delay, factor, maxDelay, window, policy } = restart;
  const always = policy === 'always' || policy === 'unless-stopped';
  return {
    id,
    bootId: bootId(),
    name: spec.name,
    restart: { delay, factor, maxDelay, window, always },
    notify: spec.readiness === 'notify',
    keepNotifySocket: spec.readiness === 'notify' || 'module' in spec,
    health: health && { ...health, port: healthPort(spec) },
    created,
  };
}

/** The bytes of the daemon's `unit` file, and the file that will be executed. */
export function describeUnit(
  id: string,
  spec: DaemonSpec,
  created?: PageSettings['created'],
): { bytes: Buffer; file: string } {
  const program = programOf(spec);
  const healthCommand =
    spec.health?.type === 'command'
      ? resolveProgram(spec.health.command[0] as string, { path: spec.env.PATH, cwd: spec.cwd ?? '/' })
      : undefined;
  const now = { monotonicUsec: process.hrtime.bigint() / 1000n, wallUsec: BigInt(Date.now()) * 1000n };
  const page = encodeUnitPage(pageSettings(id, spec, created ?? now));
  return {
    bytes: Buffer.concat([page, encodeFrames(execFrames(spec, program, healthCommand))]),
    file: program.file,
  };
}

/** Puts the new folder in place of an ended daemon of the same name. Returns what was there. @throws already-exists */
async function claim(
  context: Context,
  folder: string,
  spec: DaemonSpec,
  id: string,
): Promise<string | undefined> {
  const { state, scope, manager } = context;
  const { name } = spec;
  const taken = () =>
    failure(
      operation,
      `A daemon named ${name} is running already`,
      'already-exists',
      `Stop it first (duende stop ${name}), or choose another name`,
    );
  for (let round = 0; round < 5; round += 1) {
    if (state.place(folder, name)) return undefined;
    const page = state.page(name);
    if (page === 'missing') continue;
    if (page !== 'damaged') {
      const status = await readStatus(context, handleOf(page, scope), operation);
      if (!isTerminal(status)) throw taken();
    } else if ((await manager.read(unitNameOf(name))) !== undefined) throw taken();
    const aside = state.putAside(name, page === 'damaged' ? '' : page.id, id);
    if (aside === undefined) continue;
    if (state.place(folder, name)) return aside;
    // Somebody was quicker; what we moved had ended, and has been replaced.
    state.remove(aside);
  }
  throw taken();
}

/** A unit of this name that is none of ours is never touched; an ended one of ours is cleared away. */
async function clearUnit(context: Context, name: string, replaced: boolean): Promise<void> {
  const { manager } = context;
  const unit = unitNameOf(name);
  const there = await manager.read(unit);
  if (there === undefined) return;
  const ended = there.active === 'failed' || there.active === 'inactive';
  if (!replaced || !ended) {
    throw failure(
      operation,
      `systemd has a unit ${unit} that this Duende did not make`,
      'already-exists',
      `Choose another name; systemctl status ${unit} shows it`,
    );
  }
  await manager.resetFailed(unit);
  await untilUnit(manager, unit, async () => ((await manager.read(unit)) === undefined ? true : undefined));
}

/** Starts the unit and waits for its job. A manager that went away in the middle is asked what it has heard of it. */
async function start(context: SpawnContext, spec: DaemonSpec, id: string): Promise<string> {
  const { manager, scope, helper, state } = context;
  const unit = unitNameOf(spec.name);
  const input = { id, spec, scope, helper, unitFile: state.unitFile(spec.name), devices: blockDevices() };
  const properties = serviceSettings(input).map(({ property }) => property);
  let job: string | undefined;
  let asked = false;
  const ask = async (): Promise<void> => {
    asked = true;
    try {
      job = await manager.startTransient(unit, properties);
    } catch (error) {
      if (!isConnectionLost(error)) throw error;
    }
  };
  return await untilUnit(manager, unit, async ({ jobs, gap }) => {
    if (!asked) await ask();
    const result = jobs.get(job ?? '');
    if (result !== undefined || (job !== undefined && !gap)) return result;
    const there = await readUnit(context, { id, name: spec.name });
    if (there?.job) return undefined;
    if (there !== undefined) return there.active === 'failed' ? 'failed' : 'done';
    const page = state.page(spec.name);
    if (typeof page === 'object' && page.runsEnded > 0) return 'done';
    await ask();
    return undefined;
  });
}

async function explain(context: SpawnContext, spec: DaemonSpec, file: string, job: string) {
  const { manager, state } = context;
  const unit = unitNameOf(spec.name);
  const page = state.page(spec.name);
  const there = await manager.read(unit);
  const get = <T>(name: string, otherwise: T): Promise<T> =>
    there ? manager.service<T>(unit, name) : Promise.resolve(otherwise);
  const [mainCode, mainStatus] = await Promise.all([get('ExecMainCode', 0), get('ExecMainStatus', 0)]);
  const known = typeof page === 'object' ? page : undefined;
  const slot = known?.exit;
  return spawnError(
    {
      job,
      result: there?.result ?? slot?.result ?? '',
      mainCode: mainCode || (slot?.kind === 'exited' ? 1 : 0),
      mainStatus: mainStatus || Number(slot?.kind === 'exited' ? slot.status : 0),
      execErrno: known?.execErrno ?? 0,
      execStage: known?.execStage ?? '',
      lastLine: '',
    },
    spec,
    file,
  );
}

/** Takes everything of a failed start back: the unit first, so that it is not restarted. */
async function takeBack({ manager }: Context, name: string): Promise<void> {
  const unit = unitNameOf(name);
  if (await manager.stop(unit)) {
    await untilUnit(manager, unit, async () => {
      const there = await manager.read(unit);
      return there === undefined || (there.job === '' && ['failed', 'inactive'].includes(there.active))
        ? true
        : undefined;
    });
  }
  await manager.resetFailed(unit);
}

/** @throws PlatformError see PlatformAdapter.spawn */
export async function spawnDaemon(
  context: SpawnContext,
  spec: DaemonSpec,
  { input, created }: SpawnOptions = {},
): Promise<DaemonHandle> {
  assertEnforceable(spec, context.capabilities, 'linux', input);
  checkOwnSettings(spec);
  const { state, scope } = context;
  const id = randomUUID();
  const { bytes, file } = describeUnit(id, spec, created);
  const folder = state.make(id, spec, bytes);
  let aside: string | undefined;
  let placed = false;
  try {
    aside = await claim(context, folder, spec, id);
    placed = true;
    await clearUnit(context, spec.name, aside !== undefined);
    const job = await start(context, spec, id);
    if (job !== 'done') {
      const error = await explain(context, spec, file, job);
      await takeBack(context, spec.name);
      throw error;
    }
  } catch (error) {
    state.remove(placed ? state.folder(spec.name) : folder);
    if (aside !== undefined) state.place(aside, spec.name);
    throw translate(error, spec);
  }
  if (aside !== undefined) state.remove(aside);
  return handleOf({ id, name: spec.name }, scope);
}

function translate(error: unknown, spec: DaemonSpec): unknown {
  const kind = busErrorKind(error);
  const why = (error as Error)?.message;
  if (kind === 'UnitExists') {
    return failure(
      operation,
      `systemd has a unit ${unitNameOf(spec.name)} already`,
      'already-exists',
      'Choose another name',
      error,
    );
  }
  if (kind === 'AccessDenied' || kind === 'InteractiveAuthorizationRequired') {
    return failure(
      operation,
      `systemd does not allow this user to start units: ${why}`,
      'permission-denied',
      'Run duende as root, or use --scope user',
      error,
    );
  }
  if (kind !== '')
    return failure(
      operation,
      `systemd refused ${unitNameOf(spec.name)}: ${why}`,
      'engine-error',
      undefined,
      error,
    );
  return error;
}
