import { setTimeout as delay } from 'node:timers/promises';
import {
  type DaemonHandle,
  type DaemonSpecInput,
  PlatformError,
  type ProgramSpec,
  parseSpec,
} from '@duende/core';
import { ReferenceAdapter } from './adapter.ts';

type Spec = DaemonSpecInput;

class ResolvesBeforeExec extends ReferenceAdapter {
  override async spawn(input: Spec): Promise<DaemonHandle> {
    const spec = this.parse(input);
    const daemon = this.world.createDaemon(spec, this.world.createLog(spec));
    this.world.daemons.set(spec.name, daemon);
    setTimeout(() => daemon.start(), 30);
    return daemon.handle;
  }
}

class LeavesFailedSpawn extends ReferenceAdapter {
  override async spawn(input: Spec): Promise<DaemonHandle> {
    const spec = this.parse(input);
    try {
      return await super.spawn(input);
    } catch (error) {
      if (!this.world.daemons.has(spec.name))
        this.world.daemons.set(spec.name, this.world.createDaemon(spec, this.world.createLog(spec)));
      throw error;
    }
  }
}

/** Looks, waits for something else, and only then takes the name. */
class BothWin extends ReferenceAdapter {
  override async spawn(input: Spec): Promise<DaemonHandle> {
    const spec = this.parse(input);
    const taken = this.world.daemons.get(spec.name);
    await delay(5);
    if (!taken || taken.isOver) this.world.daemons.delete(spec.name);
    return super.spawn(input);
  }
}

class ReplacesLiveName extends ReferenceAdapter {
  override async spawn(input: Spec): Promise<DaemonHandle> {
    const old = this.world.daemons.get((input as { name: string }).name);
    await old?.stop(0);
    return super.spawn(input);
  }
}

class IgnoresUnsupported extends ReferenceAdapter {
  protected override parse(input: Spec): ProgramSpec {
    return parseSpec(input, this.platform) as ProgramSpec;
  }
}

class NamesNoField extends ReferenceAdapter {
  override async spawn(input: Spec): Promise<DaemonHandle> {
    try {
      return await super.spawn(input);
    } catch (error) {
      if (!PlatformError.isInstance(error) || error.code !== 'Config') throw error;
      throw new PlatformError('Config', error.message, { reason: error.reason });
    }
  }
}

class CutsLongValues extends ReferenceAdapter {
  protected override parse(input: Spec): ProgramSpec {
    const env = Object.entries(input.env ?? {}).map(([name, value]) => [name, value.slice(0, 100_000)]);
    return super.parse({ ...input, env: Object.fromEntries(env) });
  }
}

const of = (title: string, clause: string, Adapter: typeof ReferenceAdapter) => ({ title, clause, Adapter });

/** Faults of spawn(). */
export const spawnFaults = [
  of('resolves before exec', 'spawn.reports-missing-program', ResolvesBeforeExec),
  of('leaves a failed spawn behind', 'spawn.reports-missing-program', LeavesFailedSpawn),
  of('lets two spawns of one name win', 'spawn.one-of-two-wins', BothWin),
  of('replaces a live daemon', 'spawn.refuses-live-name', ReplacesLiveName),
  of('ignores settings that it cannot enforce', 'settings.refuses-resource', IgnoresUnsupported),
  of('ignores its own unknown settings', 'settings.refuses-unknown-platform-setting', IgnoresUnsupported),
  of('refuses without naming the field', 'settings.refuses-sandbox', NamesNoField),
  of('cuts a value of 1 MB', 'bad-input.env-value-of-1-mb', CutsLongValues),
];
