import { randomUUID } from 'node:crypto';
import {
  assertEnforceable,
  type Capabilities,
  type DaemonHandle,
  type DaemonSpec,
  type DaemonSpecInput,
  PlatformError,
} from '@duende/core/contract';
import { handleOf } from './daemon.ts';
import { asOperation } from './errors.ts';
import { planDaemon } from './plan.ts';
import type { Session } from './session.ts';

const operation = { code: 'SpawnFailed', name: 'spawn' } as const;

/** What the kernel calls the settings of a spec. */
const fields: readonly (readonly [kernel: RegExp, spec: string])[] = [
  [/^(?:run\.)?limits\.memoryMax/, 'resources.memoryMax'],
  [/^(?:run\.)?limits\.openFiles/, 'resources.openFilesMax'],
  [/^(?:run\.)?limits\.processes/, 'resources.pidsMax'],
  [/^(?:run\.)?limits\.cpuQuota/, 'resources.cpuQuota'],
  [/^(?:run\.)?limits\./, 'platform.wos.'],
  [/^(?:run\.)?capabilities\.preopens/, 'platform.wos.preopens'],
  [/^(?:run\.)?capabilities/, 'platform.wos.capabilities'],
  [/^(?:run\.)?module/, 'program'],
  [/^run\./, ''],
];

/** A field of the kernel in the words of a spec. */
function inSpec(error: PlatformError): PlatformError {
  const { field = '', message } = error;
  const [pattern, name] = fields.find(([kernel]) => kernel.test(field)) ?? [];
  if (pattern === undefined || name === undefined) return error;
  const { code, reason, hint, platform, operation: during, cause } = error;
  const own = field.replace(pattern, name);
  const text = message.startsWith(field) ? own + message.slice(field.length) : message;
  return new PlatformError(code, text, { reason, hint, platform, operation: during, cause, field: own });
}

/**
 * Starts the daemon of a checked spec. `given` is the spec as it was written.
 * @throws PlatformError SpawnFailed, Config; nothing is left then
 */
export async function spawnDaemon(
  session: Session,
  spec: DaemonSpec,
  can: Capabilities,
  given: DaemonSpecInput,
): Promise<DaemonHandle> {
  assertEnforceable(spec, can, 'wos', given);
  const plan = await planDaemon(spec, session.scripts);
  try {
    const instance = randomUUID();
    return handleOf(await session.request('daemon.spawn', { ...plan, name: spec.name, instance }));
  } catch (error) {
    throw inSpec(asOperation(operation, error, `Cannot start ${spec.name}`));
  }
}
