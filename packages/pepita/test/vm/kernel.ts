import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setupKernel } from '../../src/index.ts';

/** Where the kernel is kept between runs of the tests. */
const cache = join(tmpdir(), `duende-pepita-kernels-${process.getuid?.() ?? 0}`);

/** The folder of the kernel, fetched unless it is there. */
export async function testKernel(): Promise<string> {
  return dirname((await setupKernel({ stateDirectory: cache })).file);
}
