import { unwind } from '../../kernel/jspi.ts';
import { type Answer, type Operation, operations } from './operations.ts';
import { OutOfMemory } from './quickjs-core.ts';
import type { Script } from './script.ts';

function toValue({ engine }: Script, answer: Answer): number {
  if (answer === undefined) return engine.keep(engine.undefined);
  if (typeof answer === 'string') return engine.newString(` ${answer}`);
  return engine.newBytes(answer);
}

function toProblem({ engine, process }: Script, error: unknown): number {
  if (error === unwind || process.ended) throw unwind;
  // The engine itself has failed.
  if (error instanceof WebAssembly.RuntimeError) throw error;
  if (error instanceof OutOfMemory) {
    process.end({ signal: 'SIGKILL', oom: true });
    throw unwind;
  }
  return engine.newString(`!${(error as Error).message}`);
}

/** A call of `__wos_host`: a name, and values. @returns the value that the script gets */
export function callOperation(script: Script, values: readonly number[]): number | Promise<number> {
  try {
    const [name, ...rest] = values;
    const operation = (operations as Record<string, Operation>)[script.engine.text(name ?? 0)];
    const answer = operation?.(script, rest);
    if (!(answer instanceof Promise)) return toValue(script, answer);
    return answer.then((given) => toValue(script, given)).catch((error) => toProblem(script, error));
  } catch (error) {
    return toProblem(script, error);
  }
}
