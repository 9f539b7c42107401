import { planProgram } from '@duende/image';
import { type Machine, makeRootfs, type Rootfs } from '../../src/index.ts';

/** Bytes. */
export const mebibyte = 1024 ** 2;

/** The image of a small program. */
export async function rootfsOf(machine: Machine, program = '/bin/true'): Promise<Rootfs> {
  const { paths } = machine;
  return await makeRootfs(
    await planProgram({ platform: 'pepita', program, cacheDirectory: paths.images }),
    paths,
  );
}
