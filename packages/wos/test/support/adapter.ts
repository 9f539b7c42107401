import { join } from 'node:path';
import { afterAll } from 'vitest';
import { WosAdapter } from '../../src/adapter/index.ts';
import { WosClient } from '../../src/protocol/index.ts';
import { WosPaths } from '../../src/wosd/paths.ts';
import { temporaryFolder } from './programs.ts';

/** An adapter on a state folder of the test file; its kernel is ended with the file. */
export function useAdapter() {
  const folder = temporaryFolder();
  const stateDirectory = join(folder, 'state');
  const paths = new WosPaths(stateDirectory);
  const adapter = new WosAdapter({ stateDirectory });
  afterAll(async () => {
    await adapter.close();
    const client = await WosClient.connect(paths.base).catch(() => undefined);
    await client?.request('shutdown', { timeout: 100 });
    client?.close();
  });

  /** Kills the kernel, as a crash of the machine's process would. */
  async function killKernel(): Promise<void> {
    const client = await WosClient.connect(paths.base);
    const { pid } = await client.request('info', {});
    process.kill(pid, 'SIGKILL');
    // It notices when the kernel is gone.
    await client.request('info', {}).catch(() => undefined);
    client.close();
  }

  return { adapter, folder, stateDirectory, paths, killKernel };
}
