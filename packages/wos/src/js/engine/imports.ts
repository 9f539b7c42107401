import type { Surroundings } from '../../kernel/imports.ts';
import { Real } from '../../kernel/shared-table.ts';
import { callOperation } from './script-call.ts';
import { traceOperation } from './trace-operation.ts';

/** What QuickJS imports beside WASI. Of the process that runs now: one on a thread at a time. */
export function makeScriptImports(around: Surroundings): Record<string, unknown> {
  const scriptOf = () => {
    const { script } = around.current();
    if (script === undefined) throw new Error('A process that is no script made a call of scripts');
    return script;
  };
  const call = (_name: number, _length: number, _self: number, count: number, values: number) => {
    const script = scriptOf();
    const { memory, pid, tracing } = script.process;
    around.table.addReal(pid, Real.Calls, 1);
    const all = Array.from({ length: count }, (_, index) => memory.readU32(values + index * 4));
    return tracing ? traceOperation(script, all, around.traced) : callOperation(script, all);
  };
  return {
    host_call: new WebAssembly.Suspending(call as never),
    host_interrupt: () => 0,
    host_promise_rejection: (promise: number, reason: number, isHandled: number) =>
      scriptOf().rejections.told(promise, reason, isHandled !== 0),
    // A bundle has no imports.
    host_module_normalize: () => 0,
    host_module_load: () => 0,
    host_get_timezone_offset: (high: number, low: number) =>
      -60 * new Date(Number((BigInt(high) << 32n) | BigInt(low >>> 0)) * 1000).getTimezoneOffset(),
  };
}
