import type { Signal } from '@duende/core/contract';
import type { ProcessRecord } from './process-info.ts';

/**
 * Sends a signal to a process.
 * @param isForFamily everything below it gets it, too: what it starts until it takes effect is treated likewise
 */
export function sendSignal(record: ProcessRecord, signal: Signal, isForFamily = false): void {
  if (signal === 'KILL') record.doomed = true;
  if (signal === 'STOP' && isForFamily) record.frozen = true;
  if (signal === 'CONT') record.frozen = false;
  record.place.send({ type: 'signal', pid: record.pid, signal });
}
