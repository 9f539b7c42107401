import { validateConfig } from './config.ts';
import type { AnyDefinition, HostContext } from './context.ts';
import type { HostRuntime } from './runtime.ts';
import { toError } from './serialise.ts';

export interface Reloader {
  /** Reloads as soon as it can: after `init`, and never twice at once. Several requests meanwhile become one. */
  request(): void;
  /** Requests are held back until this is called. */
  start(): void;
  /** Resolves when no reload runs, and takes no further ones. */
  end(): Promise<void>;
}

/** Reloads on HUP. A reload that fails is logged, and the daemon goes on with what it had. */
export function createReloader(
  definition: AnyDefinition,
  host: HostContext<unknown>,
  runtime: HostRuntime,
  initial: unknown,
  done: () => void,
): Reloader {
  let input = initial;
  let state: 'held' | 'idle' | 'busy' | 'ended' = 'held';
  let requested = false;
  let current: Promise<void> = Promise.resolve();

  async function reloadOnce(): Promise<void> {
    let status: string | undefined;
    const isReady = () => host.isReady() && !host.ctx.signal.aborted;
    // Even when there is nothing to do: `systemctl reload` waits for both messages (Type=notify-reload).
    if (isReady()) runtime.notifier.send({ state: 'reloading' });
    try {
      const next = await runtime.readConfig();
      if (next === input && !definition.reload) return;
      if (next !== input) {
        host.setConfig(await validateConfig(runtime.name, definition.config, next));
        input = next;
      }
      await definition.reload?.(host.ctx);
      status = host.statusText() || 'reloaded';
      runtime.log.info('reloaded');
    } catch (thrown) {
      const error = toError(thrown);
      status = `reload failed: ${error.message}`;
      runtime.log.error(status, { error });
    } finally {
      const text = status !== undefined && { status };
      if (isReady()) runtime.notifier.send({ state: 'ready', ...text });
      else if (text) runtime.notifier.send(text);
      done();
    }
  }

  async function work(): Promise<void> {
    while (requested && state !== 'ended') {
      requested = false;
      await reloadOnce();
    }
    if (state === 'busy') state = 'idle';
  }

  function next(): void {
    if (state !== 'idle' || !requested) return;
    state = 'busy';
    current = work();
  }

  return {
    request() {
      requested = true;
      next();
    },
    start() {
      if (state === 'held') state = 'idle';
      next();
    },
    end() {
      state = 'ended';
      return current;
    },
  };
}
