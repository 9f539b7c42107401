import { randomUUID } from 'node:crypto';
import {
  assertEnforceable,
  type Capabilities,
  type DaemonHandle,
  type DaemonSpec,
  type DaemonSpecInput,
} from '@duende/core/contract';
import { translateBusError } from './bus-failure.ts';
import { claimName } from './claim.ts';
import { type Context, handleOf } from './daemon.ts';
import { describeUnit } from './describe-unit.ts';
import { checkOwnSettings } from './own-settings.ts';
import { spawnError } from './spawn-error.ts';
import { readFailedStart, startUnit, takeBack, unitSettings } from './start-unit.ts';
import { unitNameOf } from './unit-name.ts';
import type { PageSettings } from './unit-page.ts';

export interface SpawnContext extends Context {
  readonly capabilities: Capabilities;
  /** The helper that units execute, absolute. */
  readonly helper: string;
}

export interface SpawnOptions {
  /** The spec as it was given, without defaults. */
  readonly input?: DaemonSpecInput | undefined;
  /** When the daemon whose log goes on was made. */
  readonly created?: PageSettings['created'] | undefined;
}

const operation = { code: 'SpawnFailed', name: 'spawn' } as const;

/** Starts a transient unit. @throws PlatformError see PlatformAdapter.spawn */
export async function spawnDaemon(
  context: SpawnContext,
  spec: DaemonSpec,
  { input, created }: SpawnOptions = {},
): Promise<DaemonHandle> {
  assertEnforceable(spec, context.capabilities, 'linux', input);
  checkOwnSettings(spec);
  const { scope, manager, helper } = context;
  const id = randomUUID();
  const { bytes, file } = describeUnit(id, spec, created);
  const settings = await unitSettings(context, { id, spec, helper });
  const properties = settings.map(({ property }) => property);
  const claim = await claimName(context, spec, id, bytes);
  try {
    const job = await startUnit(context, { id, name: spec.name }, () =>
      manager.startTransient(unitNameOf(spec.name), properties),
    );
    if (job !== 'done') {
      const start = await readFailedStart(context, spec, job);
      await takeBack(context, spec.name);
      throw spawnError(start, spec, file);
    }
  } catch (error) {
    claim.undo();
    throw translateBusError(error, spec, operation);
  }
  claim.keep();
  return handleOf({ id, name: spec.name }, scope);
}
