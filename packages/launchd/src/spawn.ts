import { randomUUID } from 'node:crypto';
import {
  assertEnforceable,
  type Capabilities,
  type DaemonHandle,
  type DaemonSpec,
  type DaemonSpecInput,
} from '@duende/core/contract';
import { claimName } from './claim.ts';
import { type Context, handleOf } from './daemon.ts';
import { describeJob } from './describe-job.ts';
import { transientPlist, writePlist } from './plist-file.ts';
import { startJob, takeBack } from './start-job.ts';

export interface SpawnContext extends Context {
  readonly capabilities: Capabilities;
}

export interface SpawnOptions {
  /** The spec as it was given, without defaults. */
  readonly input?: DaemonSpecInput | undefined;
  /** The log of the daemon of that name that has ended goes on. */
  readonly keepLog?: boolean;
}

const operation = { code: 'SpawnFailed', name: 'spawn' } as const;

/** Loads a job that launchd forgets at the next boot. @throws PlatformError see PlatformAdapter.spawn */
export async function spawnDaemon(
  context: SpawnContext,
  spec: DaemonSpec,
  { input, keepLog = false }: SpawnOptions = {},
): Promise<DaemonHandle> {
  assertEnforceable(spec, context.capabilities, 'macos', input);
  const { name } = spec;
  const id = randomUUID();
  const { config, plist: text, file } = describeJob(context, id, spec, false);
  const claim = await claimName(context, name, id, config, keepLog);
  try {
    const plist = transientPlist(context, name);
    writePlist(plist, text, operation);
    await startJob(context, spec, { plist, file }, operation);
  } catch (error) {
    await takeBack(context, name, operation);
    claim.undo();
    throw error;
  }
  claim.keep();
  return handleOf({ id, name }, context.domain);
}
