import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The program that units execute (unit/): shipped prebuilt, static. `undefined` on a processor that it is not built for. */
export function findHelper(processor: string = process.arch): string | undefined {
  if (process.platform !== 'linux') return undefined;
  const path = fileURLToPath(new URL(`../prebuilt/linux-${processor}/duende-unit`, import.meta.url));
  return existsSync(path) ? path : undefined;
}
