import type { TraceEvent } from '@duende/core/contract';
import type { TraceDocument } from '../protocol/documents.ts';
import { errnoName } from './errno-names.ts';

type Told = TraceDocument['events'][number];

/** ISO 8601 with microseconds. @param time milliseconds since 1970 */
function isoMicros(time: number): string {
  const micros = Math.round(time * 1000);
  const rest = String(micros % 1000).padStart(3, '0');
  return new Date(Math.floor(micros / 1000)).toISOString().replace('Z', `${rest}Z`);
}

/** Pure: a call as the kernel tells it, in the words of the contract: paths quoted, errors as <errno.h> calls them. */
export function traceEvent({ time, pid, call, args, result, error, duration }: Told): TraceEvent {
  const shown = Object.entries(args).map(([name, value]) =>
    typeof value === 'string' && !/^-?\d+$/.test(value)
      ? `${name}=${JSON.stringify(value)}`
      : `${name}=${value}`,
  );
  const common = { time: isoMicros(time), pid, call, args: shown, duration: duration / 1000 };
  if (error === undefined) return { ...common, result: result === undefined ? '?' : String(result) };
  return { ...common, result: '-1', error: result === undefined ? error : errnoName(result) };
}
