import { Errno } from '../wasi/errno.ts';
import type { CallDefinition } from '../wasi/process.ts';
import { unwind } from './jspi.ts';
import type { Process } from './process.ts';

/** One system call. */
export interface TraceEvent {
  /** When it began, in milliseconds since 1970. */
  readonly time: number;
  readonly pid: number;
  readonly call: string;
  readonly args: Readonly<Record<string, number | string>>;
  /** The error number, 0 for success; `undefined` when it never returned. */
  readonly result: number | undefined;
  /** `NoEntry` ... , the name of the error number. */
  readonly error?: string;
  /** Milliseconds, waiting included. */
  readonly duration: number;
}

const names: ReadonlyMap<number, string> = new Map(
  Object.entries(Errno).map(([name, number]) => [number, name]),
);
const longestText = 4096;

/** A path is shown as such; other numbers as the process gave them, 64 bit ones in decimal. */
function readable(
  process: Process,
  definition: CallDefinition,
  values: readonly unknown[],
): TraceEvent['args'] {
  const args: Record<string, number | string> = {};
  for (const [index, name] of definition.args.entries()) {
    const value = values[index];
    args[name] = typeof value === 'bigint' ? value.toString() : Number(value);
    if (!['path', 'target', 'address'].includes(name)) continue;
    try {
      args[name] = process.memory.text(Number(value), Math.min(longestText, Number(values[index + 1]) >>> 0));
    } catch {
      // It stays the number that it was: the call fails with it.
    }
  }
  return args;
}

/** Makes a call and reports it. */
export function traceCall(
  process: Process,
  name: string,
  definition: CallDefinition,
  values: readonly unknown[],
  act: () => number | Promise<number>,
  report: (event: TraceEvent) => void,
): number | Promise<number> {
  const began = performance.now();
  const args = readable(process, definition, values);
  const tell = (result: number | undefined) => {
    const error = result && !definition.returnsValue ? (names.get(result) ?? `errno ${result}`) : undefined;
    report({
      time: performance.timeOrigin + began,
      pid: process.pid,
      call: name,
      args,
      result,
      ...(error === undefined ? {} : { error }),
      duration: performance.now() - began,
    });
  };
  let result: number | Promise<number>;
  try {
    result = act();
  } catch (error) {
    if (error === unwind) tell(undefined);
    throw error;
  }
  if (typeof result === 'number') {
    tell(result);
    return result;
  }
  return result.then((settled) => {
    tell(settled);
    return settled;
  });
}
