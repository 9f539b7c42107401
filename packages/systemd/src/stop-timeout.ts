import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Context } from './daemon.ts';
import { runtimeDirectory } from './scope.ts';
import { unitNameOf } from './unit-name.ts';

/**
 * Gives a running unit more time for its next stop than it was started with. TimeoutStopSec= cannot be set over D-Bus later, so this
 * is a drop-in below /run (systemd.unit(5)) and a reload, which takes the manager some milliseconds. Returns how to take it back.
 */
export async function lengthenStop(
  { scope, manager }: Context,
  name: string,
  milliseconds: number,
): Promise<() => Promise<void>> {
  const runtime = scope === 'system' ? '/run/systemd/system' : join(runtimeDirectory(), 'systemd', 'user');
  const folder = join(runtime, `${unitNameOf(name)}.d`);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, '50-duende-stop.conf'), `[Service]\nTimeoutStopSec=${milliseconds}ms\n`);
  await manager.reload();
  return async () => {
    await rm(folder, { recursive: true, force: true });
    await manager.reload();
  };
}
