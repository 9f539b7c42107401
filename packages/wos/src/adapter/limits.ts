import { type DaemonSpec, parseDuration, parseSize } from '@duende/core/contract';
import { wrong } from './errors.ts';
import type { WosSettings } from './settings.ts';

/** What a module can address: memory of WebAssembly has 32 bit addresses. */
const memoryEnd = 2 ** 32;
/** Descriptors that the kernel gives one process at most. */
const openFilesEnd = 65_536;
/** Processes that the kernel has at most. */
const processesEnd = 1_000_000;

/** Limits as the kernel takes them. */
export interface Limits {
  memoryMax?: number;
  openFiles?: number;
  cpuQuota?: number;
  cpuTime?: number;
  processes?: number;
  mailboxCount?: number;
  mailboxBytes?: number;
}

function memoryOf(spec: DaemonSpec, settings: WosSettings, spawns: boolean): number | undefined {
  const all = spec.resources.memoryMax;
  const each = settings.memoryMax === undefined ? undefined : parseSize(settings.memoryMax);
  if (all !== undefined && spawns && spec.resources.pidsMax !== 1) {
    throw wrong(
      'resources.memoryMax',
      'WOS cannot keep it for a daemon that may start processes: each has a memory of its own',
      'Give platform.wos.memoryMax, which each process may use, or leave out the capability spawn',
    );
  }
  const least = Math.min(all ?? memoryEnd, each ?? memoryEnd);
  return all === undefined && each === undefined ? undefined : least;
}

/** The limits of a daemon. Those beyond what is possible at all are kept by that. @throws PlatformError Config */
export function limitsOf(spec: DaemonSpec, settings: WosSettings, spawns: boolean): Limits {
  const { cpuQuota, openFilesMax, pidsMax } = spec.resources;
  const { cpuTime, mailboxCount, mailboxBytes } = settings;
  const limits = {
    memoryMax: memoryOf(spec, settings, spawns),
    openFiles: openFilesMax === undefined ? undefined : Math.min(openFilesMax, openFilesEnd),
    cpuQuota,
    cpuTime: cpuTime === undefined ? undefined : parseDuration(cpuTime),
    // Its own process counts in the spec, and not in the kernel.
    processes: pidsMax === undefined ? undefined : Math.min(pidsMax - 1, processesEnd),
    mailboxCount,
    mailboxBytes,
  };
  return Object.fromEntries(Object.entries(limits).filter(([, value]) => value !== undefined));
}
