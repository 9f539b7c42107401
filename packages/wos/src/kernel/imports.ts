import { Errno, errnoOf } from '../wasi/errno.ts';
import type { CallDefinition } from '../wasi/process.ts';
import { unwind } from './jspi.ts';
import type { Process } from './process.ts';
import { Real, type SharedTable } from './shared-table.ts';
import { type TraceEvent, traceCall } from './trace.ts';

export interface Surroundings {
  readonly table: SharedTable;
  /** The process that runs now. */
  current(): Process;
  traced(event: TraceEvent): void;
}

type Values = readonly (number | bigint)[];
type AnyCall = (process: Process, ...values: Values) => number | undefined | Promise<number>;

/** An error becomes an error number. What else there is to throw ends the process: the end that it asked for, or a trap. */
function errorNumber(error: unknown): number {
  if (error === unwind) throw error;
  const errno = errnoOf(error);
  if (errno !== undefined) return errno;
  // An address beyond the memory, or the process's stack is used up.
  if (error instanceof RangeError && !/call stack/.test(error.message)) return Errno.Fault;
  throw error;
}

function perform(call: AnyCall, process: Process, values: Values): number | Promise<number> {
  try {
    const result = call(process, ...values);
    return typeof result === 'object' ? result.catch(errorNumber) : (result ?? Errno.Success);
  } catch (error) {
    return errorNumber(error);
  }
}

/** Calls that suspend nothing between two looks at the clock. */
const callsBetweenLooks = 16;

/**
 * A call that takes long uses the slice up as computing does, which fuel does not tell: it counts instructions.
 * A loop of calls would have the thread for a second.
 */
function endSliceOf(process: Process, result: number): number | Promise<number> {
  return process.isOver ? process.yield().then(() => result) : result;
}

/**
 * Makes functions for modules to import. They are made once for a thread, not once for each process: only one process
 * runs at a time, and it is the one that calls.
 */
export function makeImports(
  definitions: Readonly<Record<string, CallDefinition>>,
  around: Surroundings,
): Record<string, unknown> {
  let calls = 0;
  const made = Object.entries(definitions).map(([name, definition]) => {
    const call = definition.call as unknown as AnyCall;
    const entry = (...values: Values) => {
      const process = around.current();
      around.table.addReal(process.pid, Real.Calls, 1);
      const result = process.tracing
        ? traceCall(process, name, definition, values, () => perform(call, process, values), around.traced)
        : perform(call, process, values);
      if (typeof result === 'object') return result.then((value) => endSliceOf(process, value));
      if (definition.blocks) return endSliceOf(process, result);
      calls += 1;
      if (calls % callsBetweenLooks === 0 && process.isOver) process.endSlice();
      return result;
    };
    return [name, definition.blocks ? new WebAssembly.Suspending(entry as never) : entry];
  });
  return Object.fromEntries(made);
}
