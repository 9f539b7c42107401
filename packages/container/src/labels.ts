import type { DaemonSpec } from '@duende/core/contract';

/** Labels of each container that this adapter makes. */
export const labelNames = {
  /** The daemon's name. */
  name: 'dev.duende.name',
  /** Of the folder with its state. */
  key: 'dev.duende.key',
  /** The folder of all daemons that are kept together: two users of one engine do not meet. */
  state: 'dev.duende.state',
  /** The version of what is in the folder. */
  version: 'dev.duende.version',
} as const;

/** Pure: ours last, so that nobody's own take their place. */
export function labelsOf(spec: DaemonSpec, key: string, base: string): Record<string, string> {
  return {
    ...spec.labels,
    [labelNames.name]: spec.name,
    [labelNames.key]: key,
    [labelNames.state]: base,
    [labelNames.version]: '1',
  };
}
