import type { DaemonSpec } from '@duende/core/contract';
import type { PepitaSettings } from './settings.ts';

/** Pure: processors of a guest, at least what its quota needs. */
export const vcpusOf = ({ resources }: DaemonSpec, { vcpus }: Pick<PepitaSettings, 'vcpus'>): number =>
  vcpus ?? Math.min(64, Math.max(1, Math.ceil(resources.cpuQuota ?? 1)));
