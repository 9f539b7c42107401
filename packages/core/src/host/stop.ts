import { hostExit } from './host-error.ts';
import type { HostRuntime } from './runtime.ts';

/** The one way to the end: asked for once, by a signal or by the end of `run`, and bounded from then on. */
export interface StopControl {
  readonly signal: AbortSignal;
  /** Resolves when the end was asked for. */
  readonly asked: Promise<void>;
  /** Resolves with the exit code when the end took too long. */
  readonly overdue: Promise<number>;
  /** Idempotent; `false` when it had been asked before. */
  ask(why: string): boolean;
  /** Lets go of the timer. */
  dispose(): void;
}

/** Milliseconds for the end of a daemon: a little less than the platform waits before it kills. */
export function stopBound(stopTimeout: number): number {
  return Math.max(0, stopTimeout - Math.min(500, Math.max(50, stopTimeout / 10)));
}

/** `phase` says what the daemon is doing, for the message when it takes too long. */
export function createStop(runtime: HostRuntime, phase: () => string): StopControl {
  const controller = new AbortController();
  const asked = Promise.withResolvers<void>();
  const overdue = Promise.withResolvers<number>();
  let cancel = () => {};

  function ask(why: string): boolean {
    if (controller.signal.aborted) return false;
    runtime.notifier.send({ state: 'stopping' });
    runtime.log.info('stopping', { reason: why });
    const bound = stopBound(runtime.stopTimeout);
    cancel = runtime.after(bound, () => {
      runtime.log.error(`Not ended ${bound} ms after ${why}: giving up`, {
        phase: phase(),
        stopTimeoutMs: runtime.stopTimeout,
      });
      overdue.resolve(hostExit.failed);
    });
    const reason = new Error(`The daemon is to end (${why})`);
    reason.name = 'AbortError';
    controller.abort(reason);
    asked.resolve();
    return true;
  }

  return {
    signal: controller.signal,
    asked: asked.promise,
    overdue: overdue.promise,
    ask,
    dispose: () => cancel(),
  };
}

/** Whether an error only says that work was given up because the daemon is to end. */
export function isAbort(thrown: unknown, signal: AbortSignal): boolean {
  if (!signal.aborted) return false;
  return thrown === signal.reason || (thrown instanceof Error && thrown.name === 'AbortError');
}
