import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { monotonicUsec } from './node-notifier.ts';
import { formatNotify, type Notifier } from './notifier.ts';

/** The part of @duende/notify that is used here. */
interface NotifyModule {
  createSocketNotifier(path: string, options: { onError(error: Error): void }): SocketNotifier;
}

interface SocketNotifier {
  send(text: string): void;
  close(): Promise<void>;
}

export interface SocketNotifierSettings {
  /** `$NOTIFY_SOCKET`. */
  readonly path: string;
  /** `file:` URL of @duende/notify. Without one it is looked for by name, from this package and from these files. */
  readonly module?: string;
  readonly from: readonly string[];
  /** Told with READY=1. */
  readonly mainPid?: number;
  /** Called once, with what cannot be done and why; the daemon goes on without it. */
  readonly onError: (message: string) => void;
}

/**
 * Sends messages to a service manager through @duende/notify, which is loaded with the first one and not before. It is
 * loaded synchronously (`require` of an ES module), so that a message has gone when `send` returns: a daemon that is ready
 * may exit right after it.
 */
export function createSocketNotifier(settings: SocketNotifierSettings): Notifier {
  let notifier: SocketNotifier | 'none' | undefined;
  let warned = false;

  const warn = (message: string): void => {
    if (!warned) settings.onError(message);
    warned = true;
  };

  function open(): SocketNotifier | 'none' {
    const found = loadNotifyModule(settings);
    if (found instanceof Error) {
      const why = found.message.split('\n')[0];
      warn(`Cannot tell the service manager about readiness: install @duende/notify (${why})`);
      return 'none';
    }
    try {
      return found.createSocketNotifier(settings.path, { onError: (error) => warn(error.message) });
    } catch (error) {
      warn(`Cannot tell the service manager about readiness: ${(error as Error).message}`);
      return 'none';
    }
  }

  return {
    send(message) {
      notifier ??= open();
      if (notifier !== 'none') notifier.send(formatNotify(message, monotonicUsec(), settings.mainPid));
    },
    async close() {
      if (notifier !== undefined && notifier !== 'none') await notifier.close();
    },
  };
}

function loadNotifyModule({ module, from }: SocketNotifierSettings): NotifyModule | Error {
  let problem: unknown;
  for (const base of [import.meta.url, ...from]) {
    try {
      return createRequire(base)(module === undefined ? '@duende/notify' : fileURLToPath(module));
    } catch (error) {
      problem ??= error;
      if (module !== undefined) break;
    }
  }
  return problem instanceof Error ? problem : new Error(String(problem));
}
