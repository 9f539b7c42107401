import { WosClient } from '@duende/wos';
import { readPss } from '../processes.ts';
import { until } from '../until.ts';

/** Ends the kernel of a folder, if one runs there. Until its process is gone: what it does at its end is not measured with what comes next. */
export async function shutDown(base: string): Promise<void> {
  const client = await WosClient.connect(base).catch(() => undefined);
  if (client === undefined) return;
  const { pid } = await client.request('info', {});
  await client.request('shutdown', { timeout: 0 });
  client.close();
  // As a zombie it has no memory.
  await until('the kernel is gone', () => readPss(pid) === 0);
}
