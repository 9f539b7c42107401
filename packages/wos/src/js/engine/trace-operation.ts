import { unwind } from '../../kernel/jspi.ts';
import type { TraceEvent } from '../../kernel/trace.ts';
import type { Script } from './script.ts';
import { callOperation } from './script-call.ts';

const longestText = 4096;

/** Texts and numbers are shown as such; of bytes, how many there are. */
function readable({ engine }: Script, value: number): number | string {
  if (engine.now('qjs_is_string', value)) return engine.text(value).slice(0, longestText);
  if (engine.now('qjs_is_number', value)) return engine.number(value);
  return `${engine.bytes(value)?.length ?? 0} bytes`;
}

/** Makes a call of a script and reports it, as `js.NAME`: `js.write`, `js.fetch` ... */
export function traceOperation(
  script: Script,
  values: readonly number[],
  report: (event: TraceEvent) => void,
): number | Promise<number> {
  const began = performance.now();
  const [name, ...rest] = values;
  const call = `js.${script.engine.text(name ?? 0)}`;
  // `loop` has functions, which are no data.
  const shown = call === 'js.loop' ? [] : rest;
  const args = Object.fromEntries(
    shown.map((value, index) => [`value${index + 1}`, readable(script, value)]),
  );
  const { pid } = script.process;
  const tell = (result: number | undefined) =>
    report({
      time: performance.timeOrigin + began,
      pid,
      call,
      args,
      result,
      duration: performance.now() - began,
    });
  let result: number | Promise<number>;
  try {
    result = callOperation(script, values);
  } catch (error) {
    if (error === unwind) tell(undefined);
    throw error;
  }
  if (typeof result === 'number') {
    tell(0);
    return result;
  }
  return result.then((settled) => {
    tell(0);
    return settled;
  });
}
