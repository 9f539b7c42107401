import { PlatformError } from '@duende/core/contract';
import type { ProcessRecord } from './process-info.ts';
import type { ProcessList } from './process-list.ts';

export const failure = (
  code: 'SignalFailed' | 'StatusFailed' | 'TracerFailed',
  reason: 'not-found' | 'not-running' | 'permission-denied',
  operation: string,
  message: string,
) => new PlatformError(code, message, { reason, platform: 'wos', operation });

/** Finds processes, or says why there is none. */
export class Lookup {
  readonly #list: ProcessList;

  constructor(list: ProcessList) {
    this.#list = list;
  }

  /** @throws PlatformError SignalFailed: not-found, not-running, permission-denied (init) */
  running(pid: number, operation: string): ProcessRecord {
    if (pid === 1)
      throw failure(
        'SignalFailed',
        'permission-denied',
        operation,
        'PID 1 is init: shut the kernel down instead',
      );
    const record = this.#list.find(pid);
    if (record === undefined)
      throw failure('SignalFailed', 'not-found', operation, `There is no process ${pid}`);
    if (record.exit) throw failure('SignalFailed', 'not-running', operation, `The process ${pid} has ended`);
    return record;
  }

  /** Also one that has ended. @throws PlatformError StatusFailed / not-found */
  known(pid: number, operation: string): ProcessRecord {
    const record = this.#list.find(pid);
    if (record === undefined)
      throw failure('StatusFailed', 'not-found', operation, `There is no process ${pid}`);
    return record;
  }
}
