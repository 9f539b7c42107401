import type { HostSettings } from './host-settings.ts';
import { createFdNotifier, silentNotifier } from './node-notifier.ts';
import type { Notifier } from './notifier.ts';
import { createSocketNotifier } from './socket-notifier.ts';

/**
 * Whom the host tells about itself: the descriptor of an adapter, else `$NOTIFY_SOCKET`, else nobody. `from` are files from
 * which @duende/notify is looked for.
 */
export function chooseNotifier(
  settings: HostSettings,
  from: readonly string[],
  warn: (message: string) => void,
): Notifier {
  if (settings.notifyFd !== undefined) {
    return createFdNotifier(settings.notifyFd, (error) =>
      warn(`Cannot tell the platform about readiness: ${error.message}`),
    );
  }
  const path = settings.serviceManager.notifySocket;
  if (path === undefined) return silentNotifier;
  // The numbers of another PID namespace mean other processes to the service manager.
  const isForeign = process.pid === 1 || settings.platform === 'container';
  return createSocketNotifier({
    path,
    from,
    onError: warn,
    ...(!isForeign && { mainPid: process.pid }),
    ...(settings.notifyModule !== undefined && { module: settings.notifyModule }),
  });
}
