import { type Availability, PlatformError } from '@duende/core/contract';
import { findSupervisor, prebuiltTargets } from './supervisor-binary.ts';

const fix = `Use one of ${prebuiltTargets.join(', ')}, or another platform (duende doctor lists them)`;

function why(): string {
  return `there is no supervisor for ${process.platform}-${process.arch}`;
}

export function probeNative(): Availability {
  if (findSupervisor() === undefined) return { available: false, why: why(), fix };
  return { available: true, engine: 'duende-supervise', version: '1' };
}

/** @throws PlatformError NotSupported / unavailable where no supervisor is shipped for. */
export function requireSupervisor(operation: string): string {
  const path = findSupervisor();
  if (path !== undefined) return path;
  throw new PlatformError('NotSupported', `Native daemons cannot run here: ${why()}`, {
    reason: 'unavailable',
    platform: 'native',
    operation,
    hint: fix,
  });
}
