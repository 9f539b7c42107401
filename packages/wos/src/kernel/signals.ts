import type { Signal } from '@duende/core/contract';
import type { Process } from './process.ts';
import type { Scheduler } from './scheduler.ts';

/**
 * What a signal does. Kill ends, Stop stops, Cont continues, at any point. The others wait for the handlers of the process; one
 * that has none registered is ended by them. A script is told at its next turn. As on Linux, a stopped process is told when it is continued.
 */
export function deliverSignal(process: Process, signal: Signal, scheduler: Scheduler): void {
  switch (signal) {
    case 'KILL':
      process.end({ signal: 'SIGKILL' });
      return;
    case 'STOP':
      scheduler.stop(process);
      return;
    case 'CONT':
      if (process.script === undefined) process.handlers.add('CONT');
      scheduler.continue(process);
      break;
    default:
      if (process.script !== undefined) {
        process.script.push({ type: 'signal', signal });
        return;
      }
      process.handlers.add(signal);
  }
  if (process.stopped || process.script !== undefined) return;
  if (process.handlers.registered) process.interrupt();
  else defaultActions(process);
}

function defaultActions(process: Process): void {
  process.handlers.drop('CONT');
  const signal = process.handlers.next(true);
  if (signal !== undefined) process.end({ signal: `SIG${signal}` });
}
