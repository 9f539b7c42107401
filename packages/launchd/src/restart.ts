import type { DaemonHandle } from '@duende/core/contract';
import { requirePage } from './daemon.ts';
import { bootout, serviceTarget } from './job.ts';
import { installedPlist } from './plist-file.ts';
import { type SpawnContext, spawnDaemon } from './spawn.ts';
import { startJob } from './start-job.ts';

const operation = { code: 'SpawnFailed', name: 'restart' } as const;

/** Starts a daemon that has ended again, from its spec; its log goes on. An installed one keeps its handle. */
export async function restartDaemon(context: SpawnContext, handle: DaemonHandle): Promise<DaemonHandle> {
  const { state, launchctl } = context;
  const { name } = handle;
  requirePage(context, handle, operation);
  const spec = state.spec(name);
  if (!state.isInstalled(name)) return await spawnDaemon(context, spec, { keepLog: true });
  const file = 'program' in spec ? spec.program : spec.module;
  // A job that has ended by itself is still loaded.
  await bootout(context, name, operation);
  await launchctl.run('enable', serviceTarget(context, name));
  await startJob(context, spec, { plist: installedPlist(context, name), file, installed: true }, operation);
  return handle;
}
