import type { DaemonExit } from '@duende/core/contract';
import { signalName } from './signal-names.ts';

export interface ListedService {
  readonly pid: number | undefined;
  /** Of the previous run: a live PID keeps it. */
  readonly lastExit: DaemonExit | undefined;
}

/** A wait(2) status, as `launchctl list LABEL` prints it: exit 1 is 256, SIGTERM 15. */
export function decodeWaitStatus(status: number): DaemonExit {
  const signal = status & 0x7f;
  if (signal === 0) return { code: (status >> 8) & 0xff };
  const core = (status & 0x80) !== 0;
  return core ? { signal: signalName(signal), coreDumped: true } : { signal: signalName(signal) };
}

/** Reads `launchctl list LABEL`, an old-style property list. A second opinion, and all there is before macOS 10.10. */
export function parseList(text: string): ListedService {
  const number = (key: string): number | undefined => {
    const found = new RegExp(`^\\t"${key}" = (-?\\d+);$`, 'm').exec(text)?.[1];
    return found === undefined ? undefined : Number(found);
  };
  const status = number('LastExitStatus');
  return { pid: number('PID'), lastExit: status === undefined ? undefined : decodeWaitStatus(status) };
}
