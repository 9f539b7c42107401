import { accessSync, constants, readFileSync, statSync } from 'node:fs';
import { configError, type DaemonHandle, PlatformError, type ProgramSpec } from '@duende/core';
import { Daemon } from './daemon.ts';
import { SimLog } from './sim-log.ts';
import type { SimProcess } from './sim-process.ts';

/** The one program that can be run here. */
export const probePath = '/reference/probe';

/** The platform itself: what goes on whichever clients come and go. */
export class World {
  readonly daemons = new Map<string, Daemon>();
  readonly processes = new Map<number, SimProcess>();
  /** Ports that answer, with the process that listens. */
  readonly ports = new Map<number, SimProcess>();
  #nextPid = 1000;
  #nextId = 1;

  nextPid(): number {
    return this.#nextPid++;
  }

  createDaemon(spec: ProgramSpec, log: SimLog): Daemon {
    return new Daemon(this, spec, `r${this.#nextId++}`, log);
  }

  createLog(spec: ProgramSpec): SimLog {
    return new SimLog(spec.logs);
  }

  /** @throws PlatformError SpawnFailed or Config, as a kernel would refuse. */
  checkExecutable(spec: ProgramSpec): void {
    const failed = (message: string, cause?: unknown) =>
      new PlatformError('SpawnFailed', message, { reason: 'exec-failed', operation: 'spawn', cause });
    const stat = (field: 'program' | 'cwd', path: string) => {
      try {
        return statSync(path);
      } catch (cause) {
        const { code } = cause as NodeJS.ErrnoException;
        if (code === 'ELOOP') throw configError(`${field}: ${path} is a symbolic link loop`, { field });
        throw failed(`${field}: ${path}: ${code}`, cause);
      }
    };
    if (spec.cwd !== undefined && !stat('cwd', spec.cwd).isDirectory())
      throw failed(`cwd: ${spec.cwd} is not a folder`);
    for (const [what, value] of [['user', spec.user] as const, ['group', spec.group] as const])
      if (typeof value === 'string') throw failed(`unknown ${what} ${value}`);
    if (spec.program === probePath) return;
    if (!stat('program', spec.program).isFile()) throw failed(`${spec.program} is not a file`);
    try {
      accessSync(spec.program, constants.X_OK);
    } catch (cause) {
      throw failed(`${spec.program} is not executable: EACCES`, cause);
    }
    const interpreter = /^#!(\S+)/.exec(readFileSync(spec.program, 'utf8'))?.[1];
    throw failed(`${spec.program}: ${interpreter ? `no interpreter ${interpreter}` : 'exec format error'}`);
  }

  lookup(handle: DaemonHandle): Daemon | undefined {
    const daemon = this.daemons.get(handle.name);
    return daemon?.id === handle.id ? daemon : undefined;
  }

  /** What of a daemon still exists. */
  leftovers(name: string): string[] {
    const left: string[] = this.daemons.has(name) ? [`daemon ${name}`] : [];
    for (const process of this.processes.values())
      if (process.alive && this.owners.get(process) === name) left.push(`process ${process.pid}`);
    return left;
  }

  readonly owners = new WeakMap<SimProcess, string>();
}
