import { type DaemonHandle, isTerminal, type RemoveOptions } from '@duende/core/contract';
import { type Context, failure } from './daemon.ts';
import { uninstallDaemon } from './install.ts';
import { readStatus } from './status.ts';
import { stopDaemon } from './stop.ts';
import { unitNameOf } from './unit-name.ts';

const operation = { code: 'StatusFailed', name: 'remove' } as const;

/** Forgets a daemon that has ended. Its lines stay in the journal, which is not ours to cut. */
export async function removeDaemon(
  context: Context,
  handle: DaemonHandle,
  { force = false }: RemoveOptions,
): Promise<void> {
  const { state, manager } = context;
  const page = state.page(handle.name);
  const unit = unitNameOf(handle.name);
  if (page === 'missing') return;
  if (page === 'damaged') {
    // Nothing says that a unit of this name is this one's: what runs is left alone.
    const there = await manager.read(unit);
    if (there !== undefined && there.active !== 'failed') {
      throw failure(
        operation,
        `Cannot remove ${handle.name}: ${unit} is running`,
        'engine-error',
        `Stop it first: systemctl stop ${unit}`,
      );
    }
    await manager.resetFailed(unit);
    return state.remove(state.folder(handle.name));
  }
  // Another daemon has the name by now; this one is gone as asked.
  if (page.id !== handle.id) return;
  if (force) await stopDaemon(context, handle, { timeout: 0 });
  if (!isTerminal(await readStatus(context, handle, operation))) {
    throw failure(
      operation,
      `Cannot remove ${handle.name}: it is running`,
      'engine-error',
      `Stop it first (duende stop ${handle.name}), or force it (duende rm --force ${handle.name})`,
    );
  }
  if (state.isInstalled(handle.name)) return await uninstallDaemon(context, handle.name);
  await manager.resetFailed(unit);
  const aside = state.putAside(handle.name, page.id, `gone-${page.id}`);
  if (aside !== undefined) state.remove(aside);
}
