import type { DaemonSpec } from '@duende/core/contract';
import { blockDevicePaths } from '@duende/program';
import { isConnectionLost } from './bus/errors.ts';
import { untilUnit } from './bus/until.ts';
import { type Context, handleOf, readUnit } from './daemon.ts';
import { ownSettings } from './properties.ts';
import { type ServiceInput, serviceSettings } from './render/service.ts';
import type { Setting } from './render/setting.ts';
import { notifySocket } from './scope.ts';
import { serviceSignatures } from './signatures.ts';
import type { FailedStart } from './spawn-error.ts';
import { unitNameOf, unitPathOf } from './unit-name.ts';

const limitsIo = ({ resources }: DaemonSpec): boolean =>
  resources.ioReadBps !== undefined || resources.ioWriteBps !== undefined;

/** All settings of a unit, with those of `platform.systemd`, for which systemd is asked what types they have. */
export async function unitSettings(
  { manager, scope, state }: Context,
  { id, spec, helper }: Pick<ServiceInput, 'id' | 'spec' | 'helper'>,
): Promise<Setting[]> {
  const settings = serviceSettings({
    id,
    spec,
    helper,
    scope,
    unitFile: state.unitFile(spec.name),
    notifySocket: notifySocket(scope),
    devices: limitsIo(spec) ? blockDevicePaths() : [],
  });
  if (Object.keys(spec.platform.systemd ?? {}).length === 0) return settings;
  const signatures = await serviceSignatures(manager.connection, unitPathOf(unitNameOf(spec.name)));
  const taken = new Set(settings.map(({ property }) => property.name));
  return [...settings, ...ownSettings(spec, taken, signatures)];
}

/**
 * Lets `ask` queue a job that starts the unit, and waits for it. A manager that went away in the middle is asked what it has heard of it.
 * Resolves with how the job ended: done, failed, timeout, canceled ...
 */
export async function startUnit(
  context: Context,
  page: { readonly id: string; readonly name: string },
  ask: () => Promise<string>,
): Promise<string> {
  const { manager, state } = context;
  let job: string | undefined;
  let asked = false;
  const send = async (): Promise<void> => {
    asked = true;
    try {
      job = await ask();
    } catch (error) {
      if (!isConnectionLost(error)) throw error;
    }
  };
  const result = await untilUnit(manager, unitNameOf(page.name), async ({ jobs, gap }) => {
    if (!asked) await send();
    const ended = jobs.get(job ?? '');
    if (ended !== undefined || (job !== undefined && !gap)) return ended;
    const there = await readUnit(context, page);
    if (there?.job) return undefined;
    if (there !== undefined) return there.active === 'failed' ? 'failed' : 'done';
    const now = state.page(page.name);
    // It has come and gone.
    if (typeof now === 'object' && now.runsEnded > 0) return 'done';
    await send();
    return undefined;
  });
  // The helper announces a program right before it executes it, when nothing speaks against that.
  const now = state.page(page.name);
  const refused = typeof now === 'object' && now.execErrno > 0 && now.runBeginWallMs === 0;
  return result === 'done' && refused ? 'failed' : result;
}

/** Takes back what a failed start has left: first the unit, so that it is not restarted. */
export async function takeBack({ manager }: Context, name: string): Promise<void> {
  const unit = unitNameOf(name);
  const isOver = async (): Promise<true | undefined> => {
    const there = await manager.read(unit);
    return there === undefined || (there.job === '' && ['failed', 'inactive'].includes(there.active))
      ? true
      : undefined;
  };
  if (await manager.stop(unit)) await untilUnit(manager, unit, isOver);
  await manager.resetFailed(unit);
}

/** How the start of a unit failed: what systemd and the helper know of its one run. */
export async function readFailedStart(
  context: Context,
  { name }: DaemonSpec,
  job: string,
): Promise<FailedStart> {
  const { manager, state } = context;
  const unit = unitNameOf(name);
  const there = await manager.read(unit);
  const get = (property: string): Promise<number> =>
    there ? manager.service<number>(unit, property) : Promise.resolve(0);
  const [mainCode, mainStatus, result] = await Promise.all([
    get('ExecMainCode'),
    get('ExecMainStatus'),
    there ? manager.service<string>(unit, 'Result') : undefined,
  ]);
  const page = state.page(name);
  const known = typeof page === 'object' ? page : undefined;
  const exited = known?.exit.kind === 'exited' ? Number(known.exit.status) : undefined;
  const executed = known?.exit.executed === true || (known?.runBeginWallMs ?? 0) > 0;
  return {
    job,
    lastLine: executed ? await lastLine(context, name) : '',
    result: result ?? known?.exit.result ?? '',
    mainCode: mainCode || (exited === undefined ? 0 : 1),
    mainStatus: mainStatus || (exited ?? 0),
    executed,
    execErrno: known?.execErrno ?? 0,
    execStage: known?.execStage ?? '',
  };
}

/** What it said last; empty when it said nothing, or when the journal cannot be read. */
async function lastLine(context: Context, name: string): Promise<string> {
  const page = context.state.page(name);
  if (typeof page !== 'object') return '';
  const { readLogs } = await import('./logs.ts');
  try {
    let text = '';
    for await (const line of readLogs(context, handleOf(page, context.scope), { tail: 1 })) text = line.text;
    return text.slice(0, 200);
  } catch {
    return '';
  }
}
