import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import {
  assertEnforceable,
  type DaemonHandle,
  type DaemonSpec,
  type DaemonSpecInput,
} from '@duende/core/contract';
import { claimName } from './claim.ts';
import { type Context, failure, handleOf } from './daemon.ts';
import { describeJob } from './describe-job.ts';
import { forget, removeInstalled } from './forget.ts';
import { readJob, serviceTarget } from './job.ts';
import { labelOf } from './label.ts';
import { said } from './launchctl.ts';
import { installedPlist, writePlist } from './plist-file.ts';
import type { SpawnContext } from './spawn.ts';
import { startJob } from './start-job.ts';
import { stopDaemon } from './stop.ts';

const operation = { code: 'SpawnFailed', name: 'install' } as const;

/** `"com.duende.web" => disabled`, in older versions `=> true`. */
const isDisabled = (text: string, label: string): boolean =>
  new RegExp(`"${label.replaceAll('.', '\\.')}" => (?:disabled|true)`).test(text);

/**
 * Writes a plist where launchd looks at boot or login, enables and starts it, and looks whether launchd agrees that it is all that. Otherwise
 * everything is taken back. @throws PlatformError SpawnFailed (as spawn, and permission-denied for the folder), Config
 */
export async function installDaemon(
  context: SpawnContext,
  spec: DaemonSpec,
  input: DaemonSpecInput,
): Promise<DaemonHandle> {
  assertEnforceable(spec, context.capabilities, 'macos', input);
  const { state, launchctl, domain } = context;
  const { name } = spec;
  const id = randomUUID();
  const { config, plist: text, file } = describeJob(context, id, spec, true);
  const claim = await claimName(context, name, id, config, false);
  const plist = installedPlist(context, name);
  try {
    writeFileSync(state.file(name, 'installed'), '', { mode: 0o600 });
    writePlist(plist, text, operation);
    const enabled = await launchctl.run('enable', serviceTarget(context, name));
    if (enabled.code !== 0)
      throw failure(operation, `launchd does not enable ${labelOf(name)}: ${said(enabled)}`, 'engine-error');
    await startJob(context, spec, { plist, file, installed: true }, operation);
    await verify(context, name, plist);
  } catch (error) {
    await removeInstalled(context, name, operation).catch(() => undefined);
    claim.undo();
    throw error;
  }
  claim.keep();
  return handleOf({ id, name }, domain);
}

/** @throws PlatformError SpawnFailed / engine-error when launchd has something else in mind. */
async function verify(context: Context, name: string, plist: string): Promise<void> {
  const job = await readJob(context, name);
  const overrides = await context.launchctl.run('print-disabled', context.domainTarget);
  const label = labelOf(name);
  if (job === undefined)
    throw failure(operation, `launchd does not have ${label} after bootstrap`, 'engine-error');
  if (job.path !== '' && job.path !== plist) {
    throw failure(operation, `launchd has ${label} from ${job.path}, not from ${plist}`, 'engine-error');
  }
  if (isDisabled(overrides.stdout, label)) {
    throw failure(operation, `launchd calls ${label} disabled after enabling it`, 'engine-error');
  }
}

/** @throws PlatformError StatusFailed / not-found when there is no such daemon, Config when it was not installed */
export async function uninstallDaemon(context: Context, name: string): Promise<void> {
  const { state, domain } = context;
  const page = state.page(name);
  const at = { code: 'StatusFailed', name: 'uninstall' } as const;
  if (page === 'missing')
    throw failure(at, `No daemon ${name}`, 'not-found', 'duende ps lists the daemons that there are');
  if (!state.isInstalled(name)) {
    const hint = `Remove it with: duende rm ${name}`;
    throw failure({ ...at, code: 'Config' }, `${name} was spawned, not installed`, 'invalid-setting', hint);
  }
  if (typeof page !== 'object') {
    await removeInstalled(context, name, at);
    return state.remove(state.folder(name));
  }
  await stopDaemon(context, handleOf(page, domain));
  await forget(context, name, page.id);
}
