import type { DaemonExit, DaemonStatus, ProgramSpec } from '@duende/core';
import { Daemon } from './daemon.ts';
import { type Next, RestartPlan } from './restart-plan.ts';
import type { SimLog } from './sim-log.ts';
import type { SimProcess } from './sim-process.ts';
import { World } from './world.ts';

/** A world whose daemons are of a broken class. */
const worldWith = (Broken: typeof Daemon) => (): World =>
  new (class extends World {
    override createDaemon(spec: ProgramSpec, log: SimLog): Daemon {
      return new Broken(this, spec, crypto.randomUUID(), log);
    }
  })();

const planned = (next: (plan: Next) => Next) =>
  class extends Daemon {
    override plan = new (class extends RestartPlan {
      override next(...args: Parameters<RestartPlan['next']>): Next {
        return next(super.next(...args));
      }
    })(this.spec.restart);
  };

/** What a shell would make of it. */
const unquoted = (text: string): string => text.replaceAll(/\$\w*|["'\\]/g, '');

class LeakyDaemon extends Daemon {
  override environment(): Record<string, string> {
    return { ...(process.env as Record<string, string>), ...super.environment() };
  }
}

class ShellDaemon extends Daemon {
  override args(): readonly string[] {
    return this.spec.args.map(unquoted);
  }
}

class SkippingDaemon extends Daemon {
  override args(): readonly string[] {
    return this.spec.args.filter((arg) => arg !== '');
  }
}

class TrimmedDaemon extends Daemon {
  override environment(): Record<string, string> {
    const entries = Object.entries(super.environment());
    return Object.fromEntries(entries.map(([name, value]) => [name, value.split('\n')[0] ?? '']));
  }
}

class OrphaningDaemon extends Daemon {
  override stopSignalGoesTo(): Iterable<SimProcess> {
    return this.main ? [this.main] : [];
  }

  override killTree(): void {
    this.main?.end({ signal: 'SIGKILL' });
  }
}

/** Kills by session, so what has left it lives on. */
class SessionDaemon extends Daemon {
  readonly #escaped = new Set<SimProcess>();

  override fork(parent: SimProcess | undefined, leavesSession = false): SimProcess {
    const process = super.fork(parent, leavesSession);
    if (leavesSession) this.#escaped.add(process);
    return process;
  }

  override killTree(): void {
    for (const process of this.tree) if (!this.#escaped.has(process)) process.end({ signal: 'SIGKILL' });
  }

  override async stop(timeout: number): Promise<DaemonStatus> {
    for (const process of this.#escaped) this.tree.delete(process);
    return super.stop(timeout);
  }
}

class MiscountingDaemon extends Daemon {
  override countRestart(): void {
    this.facts.restarts = Math.min(this.facts.restarts + 1, 1);
  }
}

class RestartedByManager extends Daemon {
  override managerKilled(): void {
    this.tree.clear();
    this.start();
  }
}

class ShellExitCode extends Daemon {
  override status(): DaemonStatus {
    const status = super.status();
    if (status.state !== 'failed' || !status.exit || !('signal' in status.exit)) return status;
    const exit: DaemonExit = { code: 128 + 11 };
    return { ...status, reason: 'exit-code', exit };
  }
}

class OomAsSignal extends Daemon {
  override outOfMemory(): void {
    this.main?.end({ signal: 'SIGKILL' });
  }
}

class AlwaysReady extends Daemon {
  override start(): void {
    super.start();
    this.becameReady();
  }
}

class PatientDaemon extends Daemon {
  override stop(timeout: number): Promise<DaemonStatus> {
    return super.stop(Math.max(timeout, 8000));
  }
}

const of = (title: string, clause: string, createWorld: () => World) => ({ title, clause, createWorld });

/** Faults of the daemon's supervision. */
export const daemonFaults = [
  of("gives the caller's environment", 'spawn.env-does-not-leak', worldWith(LeakyDaemon)),
  of('puts arguments through a shell', 'spawn.args-dollar', worldWith(ShellDaemon)),
  of('loses quotes in arguments', 'spawn.args-quotes', worldWith(ShellDaemon)),
  of('drops empty arguments', 'spawn.args-empty', worldWith(SkippingDaemon)),
  of('cuts environment values at a newline', 'spawn.env-newlines', worldWith(TrimmedDaemon)),
  of('is ready before it is', 'spawn.notify-waits-until-ready', worldWith(AlwaysReady)),
  of('leaves grandchildren', 'stop.kills-grandchildren', worldWith(OrphaningDaemon)),
  of('leaves what has left the session', 'stop.kills-double-forked', worldWith(SessionDaemon)),
  of('leaves processes behind after remove', 'stop.leaves-nothing', worldWith(OrphaningDaemon)),
  of('does not kill after the timeout', 'stop.kills-after-timeout', worldWith(PatientDaemon)),
  of(
    'ignores the backoff',
    'restart.backoff-grows',
    worldWith(planned((next) => (typeof next === 'object' ? { after: 0 } : next))),
  ),
  of(
    'ignores the policy never',
    'restart.never-not-after-failure',
    worldWith(planned((next) => (next === 'over' ? { after: 10 } : next))),
  ),
  of(
    'ignores the limit',
    'restart.limit',
    worldWith(planned((next) => (next === 'limit' ? { after: 10 } : next))),
  ),
  of('counts wrong restarts', 'restart.count', worldWith(MiscountingDaemon)),
  of('restarts what its killed manager ran', 'recovery.daemon-runs-on', worldWith(RestartedByManager)),
  of('shows a signal as exit code 139', 'status.segmentation-fault', worldWith(ShellExitCode)),
  of('shows being over the memory limit as a signal', 'status.oom', worldWith(OomAsSignal)),
];
