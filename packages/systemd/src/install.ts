import { randomUUID } from 'node:crypto';
import {
  assertEnforceable,
  type DaemonHandle,
  type DaemonSpec,
  type DaemonSpecInput,
} from '@duende/core/contract';
import { translateBusError } from './bus-failure.ts';
import { claimName } from './claim.ts';
import { type Context, failure, handleOf } from './daemon.ts';
import { describeUnit } from './describe-unit.ts';
import { enableLinger } from './linger.ts';
import { checkOwnSettings } from './own-settings.ts';
import { renderUnitFile } from './render/unit-file.ts';
import type { SpawnContext } from './spawn.ts';
import { spawnError } from './spawn-error.ts';
import { readFailedStart, startUnit, takeBack, unitSettings } from './start-unit.ts';
import { stopDaemon } from './stop.ts';
import { removeUnitFile, targetOf, unitFilePath, verifyUnitFile, writeUnitFile } from './unit-file.ts';
import { unitNameOf } from './unit-name.ts';

const operation = { code: 'SpawnFailed', name: 'install' } as const;

/**
 * Writes a unit file, enables and starts it, and looks whether systemd agrees that it is all that. Otherwise everything is taken back.
 * @throws PlatformError SpawnFailed (as spawn, and permission-denied for the folder of unit files), Config
 */
export async function installDaemon(
  context: SpawnContext,
  spec: DaemonSpec,
  input: DaemonSpecInput,
): Promise<DaemonHandle> {
  assertEnforceable(spec, context.capabilities, 'linux', input);
  checkOwnSettings(spec);
  const { state, scope, manager, helper } = context;
  const { name } = spec;
  const id = randomUUID();
  // Before anything is made: without a manager there is nothing to install into.
  await manager.version();
  const { bytes, file } = describeUnit(id, spec);
  const settings = await unitSettings(context, { id, spec, helper });
  const claim = await claimName(context, spec, id, bytes);
  const path = unitFilePath(name, scope);
  let written = false;
  try {
    state.markInstalled(name);
    writeUnitFile(path, renderUnitFile(settings, targetOf(scope)), operation);
    written = true;
    const complaint = await verifyUnitFile(path, scope);
    if (complaint !== '') throw failure(operation, `systemd-analyze verify: ${complaint}`, 'engine-error');
    if (spec.platform.systemd?.linger === true) await enableLinger(operation);
    await manager.reload();
    await manager.enable([unitNameOf(name)]);
    const job = await startUnit(context, { id, name }, () => manager.start(unitNameOf(name)));
    if (job !== 'done') throw spawnError(await readFailedStart(context, spec, job), spec, file);
    const enabled = await manager.unitFileState(unitNameOf(name));
    if (enabled !== 'enabled') {
      throw failure(
        operation,
        `systemd calls ${unitNameOf(name)} ${enabled || 'unknown'} after enabling it`,
        'engine-error',
      );
    }
  } catch (error) {
    if (written) await removeInstalled(context, name).catch(() => undefined);
    claim.undo();
    throw translateBusError(error, spec, operation);
  }
  claim.keep();
  return handleOf({ id, name }, scope);
}

/** Stops the unit and removes its file; systemd knows nothing of it afterwards. */
async function removeInstalled(context: Context, name: string): Promise<void> {
  const { manager, scope } = context;
  const unit = unitNameOf(name);
  await takeBack(context, name);
  await manager.disable([unit]);
  removeUnitFile(unitFilePath(name, scope));
  await manager.reload();
  await manager.resetFailed(unit);
}

/** @throws PlatformError StatusFailed / not-found when there is no such daemon, Config when it was not installed */
export async function uninstallDaemon(context: Context, name: string): Promise<void> {
  const { state, scope } = context;
  const page = state.page(name);
  if (page === 'missing') {
    throw failure(
      { code: 'StatusFailed', name: 'uninstall' },
      `No daemon ${name}`,
      'not-found',
      'duende ps lists the daemons that there are',
    );
  }
  if (!state.isInstalled(name)) {
    throw failure(
      { code: 'Config', name: 'uninstall' },
      `${name} was spawned, not installed`,
      'invalid-setting',
      `Remove it with: duende rm ${name}`,
    );
  }
  if (page !== 'damaged') await stopDaemon(context, handleOf(page, scope));
  await removeInstalled(context, name);
  state.remove(state.folder(name));
}
