import type { DaemonSettings } from '../protocol/daemon-settings.ts';
import { wosError } from '../protocol/errors.ts';
import type { Daemon } from './daemon.ts';
import { orFail } from './daemon-errors.ts';
import { notReadyError } from './run-error.ts';

/**
 * The first run of a daemon: resolves when it runs, or is ready where that is asked for, and is on disk.
 * @param begun told when its process is there
 * @param abandoned ends it: nobody waits for it any more
 * @throws PlatformError Config, SpawnFailed; nothing runs then
 */
export async function startDaemon(
  daemon: Daemon,
  settings: DaemonSettings,
  begun: () => void,
  abandoned: AbortSignal,
): Promise<void> {
  const { name } = daemon.record;
  try {
    const { run, ended } = await daemon.begin(settings);
    begun();
    const kill = () => run.kill();
    abandoned.addEventListener('abort', kill, { once: true });
    const isReady = await run.ready;
    abandoned.removeEventListener('abort', kill);
    try {
      if (abandoned.aborted) throw wosError('SpawnFailed', 'timeout', `The spawn of ${name} was cancelled`);
      if (!isReady) {
        const timeout = run.timedOut ? settings.startTimeout : undefined;
        throw await notReadyError(name, { exit: await ended, log: daemon.journal.log, timeout });
      }
      orFail('spawn', `${name} cannot be recorded`, () => daemon.keep(run, ended));
    } catch (error) {
      kill();
      await ended;
      throw error;
    }
  } catch (error) {
    daemon.abandon();
    throw error;
  }
}
