import type { ProgramSpec } from '@duende/core';
import { SimLog } from './sim-log.ts';
import { World } from './world.ts';

const worldWithLog = (Broken: typeof SimLog) => (): World =>
  new (class extends World {
    override createLog(spec: ProgramSpec): SimLog {
      return new Broken(spec.logs);
    }
  })();

class LosingLog extends SimLog {
  #count = 0;
  override append(stream: 'stdout' | 'stderr', text: string): void {
    this.#count += 1;
    if (this.#count !== 54_321) super.append(stream, text);
  }
}

class ChoppedLog extends SimLog {
  override flush(): void {}
}

class MergedLog extends SimLog {
  override append(_stream: 'stdout' | 'stderr', text: string): void {
    super.append('stdout', text);
  }
}

/** Drops the line at which it rotates. */
class RotatingLog extends SimLog {
  #size = 0;
  override append(stream: 'stdout' | 'stderr', text: string): void {
    this.#size += text.length;
    if (this.#size < 60_000) super.append(stream, text);
    else this.#size = 0;
  }
}

class DenseLog extends SimLog {
  override append(stream: 'stdout' | 'stderr', text: string): void {
    if (text !== '') super.append(stream, text);
  }
}

class LateLog extends SimLog {
  override changed(): void {
    setTimeout(() => super.changed(), 400);
  }
}

const of = (title: string, clause: string, Broken: typeof SimLog) => ({
  title,
  clause,
  createWorld: worldWithLog(Broken),
});

/** Faults of the log. */
export const logFaults = [
  of('loses one line of 100000', 'logs.burst-10-mb', LosingLog),
  of('loses a last line without terminator', 'logs.first-and-last-byte', ChoppedLog),
  of('mixes the streams', 'logs.both-streams', MergedLog),
  of('loses a line at rotation', 'logs.rotation-loses-nothing', RotatingLog),
  of('drops empty lines', 'logs.exact', DenseLog),
  of('follows late', 'logs.follow-within-200-ms', LateLog),
];
