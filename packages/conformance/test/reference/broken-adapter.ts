import { setTimeout as delay } from 'node:timers/promises';
import {
  type DaemonHandle,
  type DaemonSpecInput,
  type DaemonStatus,
  PlatformError,
  type RemoveOptions,
  type Signal,
  type WaitOptions,
} from '@duende/core';
import { ReferenceAdapter } from './adapter.ts';
import type { Daemon } from './daemon.ts';

type Spec = DaemonSpecInput;

class SignalsAnyone extends ReferenceAdapter {
  override async signal(handle: DaemonHandle, signal: Signal): Promise<void> {
    const process = this.world.processes.get(handle.data.kind === 'native' ? handle.data.pid : 0);
    if (process?.alive) process.deliver(signal);
    else await super.signal(handle, signal);
  }
}

class SignalsTheDead extends ReferenceAdapter {
  override async signal(handle: DaemonHandle, signal: Signal): Promise<void> {
    await super.signal(handle, signal).catch(() => {});
  }
}

class SwapsSignals extends ReferenceAdapter {
  override signal(handle: DaemonHandle, signal: Signal): Promise<void> {
    return super.signal(handle, signal === 'USR2' ? 'USR1' : signal);
  }
}

class FakesPause extends ReferenceAdapter {
  readonly #paused = new Set<string>();
  override async signal(handle: DaemonHandle, signal: Signal): Promise<void> {
    if (signal === 'STOP') this.#paused.add(handle.id);
    else await super.signal(handle, signal);
  }
  override async status(handle: DaemonHandle): Promise<DaemonStatus> {
    const status = await super.status(handle);
    const isPaused = status.state === 'running' && this.#paused.has(handle.id);
    return isPaused ? { ...status, state: 'paused' } : status;
  }
}

class ForgetsExit extends ReferenceAdapter {
  static readonly #told = new WeakSet<Daemon>();
  override async status(handle: DaemonHandle): Promise<DaemonStatus> {
    const status = await super.status(handle);
    const daemon = this.get(handle);
    if (status.state !== 'failed' || !ForgetsExit.#told.has(daemon)) {
      ForgetsExit.#told.add(daemon);
      return status;
    }
    return { state: 'failed', reason: 'lost', restarts: status.restarts };
  }
}

class WaitsLate extends ReferenceAdapter {
  override async wait(handle: DaemonHandle, options?: WaitOptions): Promise<DaemonStatus> {
    const status = await super.wait(handle, options);
    await delay(250);
    return status;
  }
}

/** Tells one waiter after the other. */
class WaitsInTurn extends ReferenceAdapter {
  static #turn: Promise<unknown> = Promise.resolve();
  override async wait(handle: DaemonHandle, options?: WaitOptions): Promise<DaemonStatus> {
    const status = await super.wait(handle, options);
    WaitsInTurn.#turn = WaitsInTurn.#turn.then(() => delay(15));
    await WaitsInTurn.#turn;
    return status;
  }
}

class StopsOnce extends ReferenceAdapter {
  override async stop(...args: Parameters<ReferenceAdapter['stop']>): Promise<DaemonStatus> {
    if (this.get(args[0]).isOver) throw new PlatformError('StatusFailed', 'over', { reason: 'not-running' });
    return super.stop(...args);
  }
}

class RemovesRunning extends ReferenceAdapter {
  override remove(handle: DaemonHandle, options?: RemoveOptions): Promise<void> {
    return super.remove(handle, { ...options, force: true });
  }
}

class ListForgetsOne extends ReferenceAdapter {
  override async list(): Promise<DaemonHandle[]> {
    const all = await super.list();
    return all.length > 50 ? all.slice(1) : all;
  }
}

class KeepsIdOnRestart extends ReferenceAdapter {
  override async restart(...args: Parameters<ReferenceAdapter['restart']>): Promise<DaemonHandle> {
    const { id } = args[0];
    const handle = await super.restart(...args);
    return { ...handle, id };
  }
}

/** Handles that only this client understands. */
class LocalHandles extends ReferenceAdapter {
  readonly #known = new Set<string>();
  override async spawn(input: Spec): Promise<DaemonHandle> {
    const handle = await super.spawn(input);
    this.#known.add(handle.id);
    return handle;
  }
  protected override get(...args: Parameters<ReferenceAdapter['status']>): Daemon {
    if (!this.#known.has(args[0].id))
      throw new PlatformError('StatusFailed', 'unknown', { reason: 'not-found' });
    return super.get(...args);
  }
}

class StatsOverclaim extends ReferenceAdapter {
  override async stats(handle: DaemonHandle) {
    const stats = await super.stats(handle);
    return { ...stats, measured: [...stats.measured, 'openFiles' as const] };
  }
}

class TracerKills extends ReferenceAdapter {
  override async attachTracer(...args: Parameters<ReferenceAdapter['attachTracer']>) {
    const tracer = await super.attachTracer(...args);
    const detach = tracer.detach.bind(tracer);
    tracer.detach = async () => {
      await detach();
      this.get(args[0]).main?.deliver('KILL');
    };
    return tracer;
  }
}

const of = (title: string, clause: string, Adapter: typeof ReferenceAdapter) => ({ title, clause, Adapter });

/** Faults of the interface. */
export const adapterFaults = [
  of('signals whoever has the PID', 'signals.reused-pid-is-safe', SignalsAnyone),
  of('resolves a signal to the dead', 'signals.dead-is-not-running', SignalsTheDead),
  of('sends another signal', 'signals.usr2-reaches-handler', SwapsSignals),
  of('only shows paused', 'signals.stop-pauses', FakesPause),
  of('loses the exit code when asked twice', 'status.exit-three', ForgetsExit),
  of('waits late', 'wait.one-waiter-within-100-ms', WaitsLate),
  of('tells twenty waiters in turn', 'wait.twenty-waiters-within-100-ms', WaitsInTurn),
  of('refuses a second stop', 'stop.is-idempotent', StopsOnce),
  of('removes what runs', 'remove.refuses-running', RemovesRunning),
  of('forgets one in list()', 'scale.hundred-concurrent-spawns', ListForgetsOne),
  of('keeps the id over restart()', 'restart.call-gives-new-run', KeepsIdOnRestart),
  of('understands only its own handles', 'handle.works-elsewhere', LocalHandles),
  of('claims to have measured what it did not', 'stats.names-what-it-measured', StatsOverclaim),
  of('kills what it traced', 'trace.detach-leaves-running', TracerKills),
];
