import type { DaemonHandle, PlatformAdapter, ProgramSpec } from '@duende/core';

type Platforms = ProgramSpec['platform'];

/** A program that runs the probe with certain commands, as the platform names it. */
export interface ProbeProgram {
  readonly program: string;
  readonly args: string[];
  /** What the platform needs besides: an image, a root file system. */
  readonly platform?: Platforms;
}

/**
 * Where the probe daemon comes from, and files that daemons can see. The default is for platforms whose daemons are
 * processes on this machine with this machine's files; containers, microVMs and WASM bring their own.
 */
export interface ProbeProvider {
  /** For the report: `prebuilt linux-x64`. */
  readonly title: string;
  /** The probe that obeys `commands` (see the README for the language). */
  program(commands: readonly string[]): Promise<ProbeProgram>;
  /** Makes a folder whose last part is exactly `name`; its path as daemons see it, without a symbolic link in it. */
  directory(name: string): Promise<string>;
  /** Makes a file; its path as daemons see it. */
  file(name: string, content: string, mode: number): Promise<string>;
  /** Makes a symbolic link that leads to itself; its path as daemons see it. */
  symlinkLoop(name: string): Promise<string>;
  /** Removes everything it made. */
  cleanup(): Promise<void>;
}

/** What the author of an adapter gives to the kit. */
export interface AdapterHarness {
  /** For the report: `native`, `systemd --user`. */
  readonly name: string;
  /** A fresh client on the same state. Called several times. */
  create(): Promise<PlatformAdapter>;
  /** What another process needs in its environment to work on the same state. */
  readonly environment?: Readonly<Record<string, string>>;
  /**
   * How another process creates a client: an absolute path or `file:` URL of a module, then `#` and the name of an
   * export that takes nothing and returns an adapter or a promise of one. `file:///work/client.js#createAdapter`.
   */
  readonly clientModule: string;
  /** Kills with -9 whatever manages the daemon. Absent only when `capabilities.managerKill` is unsupported. */
  killManager?(handle: DaemonHandle): Promise<void>;
  /** One manager for all daemons, which is away for a moment when it is killed: clauses that kill it then run alone. */
  readonly managerIsShared?: boolean;
  /** Whatever of this daemon still exists, one line each: processes, files, sockets, units, cgroups. */
  leftovers?(name: string): Promise<string[]>;
  /** Whether a process that the probe named by its own PID still runs. Default: it is a process of this machine. */
  isAlive?(handle: DaemonHandle, pid: number): Promise<boolean>;
  /** Default: `hostProbe()`. */
  readonly probe?: ProbeProvider;
  /** Called once, after everything that the kit made was removed. */
  cleanup(): Promise<void>;
}

/** A harness, or a function that makes one: what a harness module exports by default. */
export type HarnessSource = AdapterHarness | (() => AdapterHarness | Promise<AdapterHarness>);
