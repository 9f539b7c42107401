import { configError, type Platform, PlatformError } from '@duende/core';

export interface AttachOptions {
  /** The process to trace, with all of its threads and the children that it makes from now on. */
  readonly pid?: number;
  /** Several processes; those that have ended meanwhile are left out as long as one is there. */
  readonly pids?: readonly number[];
  /** Only these calls: names or classes of strace (`openat`, `%network`). Everything without it. */
  readonly calls?: readonly string[];
  /** Ends the trace, as `detach()` does. */
  readonly signal?: AbortSignal;
  /** For errors. */
  readonly platform: Platform;
  /** Default `strace`, searched for in PATH. */
  readonly stracePath?: string;
  /** Characters of events kept for a consumer that is slower than the daemon. Default 32 million. */
  readonly bufferSize?: number;
}

const refuse = (platform: Platform, field: string, message: string): PlatformError =>
  configError(`${field}: ${message}`, { field, platform, operation: 'attachTracer' });

/**
 * The processes to trace, once each.
 * @throws PlatformError NotSupported / unavailable where there is no strace; Config / invalid-setting
 */
export function checkOptions(options: AttachOptions, os: NodeJS.Platform = process.platform): number[] {
  const { platform, calls } = options;
  if (os !== 'linux') {
    throw new PlatformError(
      'NotSupported',
      `Tracing system calls needs Linux and strace, and this is ${os}`,
      {
        reason: 'unavailable',
        platform,
        operation: 'attachTracer',
      },
    );
  }
  const given = [...(options.pid === undefined ? [] : [options.pid]), ...(options.pids ?? [])];
  const pids = [...new Set(given)];
  if (pids.length === 0) throw refuse(platform, 'pid', 'expected at least one process id');
  for (const pid of pids) {
    if (!Number.isSafeInteger(pid) || pid < 1)
      throw refuse(platform, 'pid', `expected a process id, got ${pid}`);
    if (pid === process.pid) throw refuse(platform, 'pid', 'a process cannot trace itself');
  }
  if (calls?.length === 0) throw refuse(platform, 'calls', 'expected at least one call, got an empty list');
  for (const call of calls ?? []) {
    if (/^\??%{0,2}[a-z0-9_]+$/i.test(call)) continue;
    const got = JSON.stringify(call).slice(0, 60);
    throw refuse(platform, 'calls', `expected a name like openat or a class like %network, got ${got}`);
  }
  return pids;
}
