import type { Availability } from '@duende/core/contract';
import { hasJspi } from '../kernel/jspi.ts';
import { packageVersion } from '../wosd/package-version.ts';
import { newerNode } from './capabilities.ts';

/** Whether processes can be run in this Node. Starts no kernel. */
export function probeWos(isHere = hasJspi()): Availability {
  if (!isHere) {
    const why = `This Node.js (${process.version}) cannot suspend WebAssembly: it has no JSPI`;
    return { available: false, why, fix: newerNode };
  }
  const warnings =
    process.platform === 'linux'
      ? []
      : ['Directories can be granted on Linux only: elsewhere processes have no files'];
  return {
    available: true,
    engine: 'WOS kernel',
    version: packageVersion(),
    ...(warnings.length > 0 ? { warnings } : {}),
  };
}
