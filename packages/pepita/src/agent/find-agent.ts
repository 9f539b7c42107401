import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { failure } from '../fail.ts';

/** Our programs, static and shipped prebuilt: PID 1 of guests, and what connects a guest to the host's supervisor. */
export type PrebuiltProgram = 'duende-agent' | 'duende-bridge';

function locate(program: PrebuiltProgram): string | undefined {
  // From src/agent/ while it is developed, from dist/ once it is bundled.
  return ['../../', '../']
    .map((up) => fileURLToPath(new URL(`${up}prebuilt/linux-${process.arch}/${program}`, import.meta.url)))
    .find((path) => existsSync(path));
}

/** @throws PlatformError NotSupported on a processor that it is not built for */
export function findPrebuilt(program: PrebuiltProgram): string {
  const path = locate(program);
  if (path !== undefined) return path;
  throw failure(`There is no ${program} for ${process.platform} on ${process.arch}`, 'unavailable', {
    code: 'NotSupported',
    hint: 'Use another platform: native or container',
  });
}
