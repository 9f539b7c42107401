import { type DaemonHandle, isTerminal, type RemoveOptions } from '@duende/core/contract';
import { type Context, failure } from './daemon.ts';
import { forget } from './forget.ts';
import { bootout, readJob } from './job.ts';
import { labelOf } from './label.ts';
import { readStatus } from './status.ts';
import { stopDaemon } from './stop.ts';
import { sweepName } from './sweep.ts';

const operation = { code: 'StatusFailed', name: 'remove' } as const;

/** Forgets a daemon that has ended: its job, its log and its plist. */
export async function removeDaemon(
  context: Context,
  handle: DaemonHandle,
  { force = false }: RemoveOptions,
): Promise<void> {
  const { state } = context;
  const { name } = handle;
  const page = state.page(name);
  if (page === 'missing') return;
  if (page === 'damaged') return await removeDamaged(context, name);
  if (page === 'unborn') {
    if (await sweepName(context, name)) return;
    throw failure(operation, `Cannot remove ${name}: it is being spawned`, 'engine-error');
  }
  // Another daemon has the name by now; this one is gone as asked.
  if (page.id !== handle.id) return;
  if (force) await stopDaemon(context, handle, { timeout: 0 });
  if (!isTerminal(await readStatus(context, handle, operation))) {
    throw failure(
      operation,
      `Cannot remove ${name}: it is running`,
      'engine-error',
      `Stop it first (duende stop ${name}), or force it (duende rm --force ${name})`,
    );
  }
  await forget(context, name, page.id);
}

/** Nothing says that a job of this label is this one's: one that runs is left alone. */
async function removeDamaged(context: Context, name: string): Promise<void> {
  const job = await readJob(context, name);
  if (job?.pid !== undefined) {
    const hint = `Stop it first: launchctl bootout ${context.domainTarget}/${labelOf(name)}`;
    throw failure(operation, `Cannot remove ${name}: ${labelOf(name)} is running`, 'engine-error', hint);
  }
  if (job !== undefined) await bootout(context, name, operation);
  context.state.remove(context.state.folder(name));
}
