import type { DaemonSpec, PlatformError } from '@duende/core/contract';
import { busErrorKind } from './bus/errors.ts';
import { failure, type Operation } from './daemon.ts';
import { propertyName, wrongProperty } from './properties.ts';
import { unitNameOf } from './unit-name.ts';

const denied = ['AccessDenied', 'InteractiveAuthorizationRequired'];
const unwanted = ['PropertyReadOnly', 'InvalidArgs', 'BadUnitSetting', 'InvalidSignature'];

/** The setting of `platform.systemd.properties` that an error of the manager is about. */
function propertyAtFault(spec: DaemonSpec, why: string): string | undefined {
  const keys = Object.keys((spec.platform.systemd?.properties as object | undefined) ?? {});
  const named = keys.find((key) => why.includes(propertyName(key)) || why.includes(key));
  return named ?? (keys.length === 1 ? keys[0] : undefined);
}

/** An error of the bus as the contract has them; every other one as it is. */
export function translateBusError(
  error: unknown,
  spec: DaemonSpec,
  operation: Operation,
): PlatformError | unknown {
  const kind = busErrorKind(error);
  if (kind === '') return error;
  const why = (error as Error).message;
  const unit = unitNameOf(spec.name);
  if (kind === 'UnitExists') {
    const hint = `Choose another name; systemctl status ${unit} shows it`;
    return failure(
      operation,
      `systemd has a unit ${unit} that this Duende did not make`,
      'already-exists',
      hint,
      error,
    );
  }
  if (denied.includes(kind)) {
    const hint = 'Run duende as root, or use --scope user';
    return failure(
      operation,
      `systemd does not allow this user to start units: ${why}`,
      'permission-denied',
      hint,
      error,
    );
  }
  const key = unwanted.includes(kind) ? propertyAtFault(spec, why) : undefined;
  if (key !== undefined) return wrongProperty(`properties.${key}`, `systemd refuses it: ${why}`);
  return failure(operation, `systemd refused ${unit}: ${why}`, 'engine-error', undefined, error);
}
