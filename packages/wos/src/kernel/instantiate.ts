import { QuickJs } from '../js/engine/quickjs.ts';
import { Script, type ScriptParts } from '../js/engine/script.ts';
import { GuestMemory } from '../wasi/guest-memory.ts';
import type { Process } from './process.ts';

interface RewrittenExports {
  readonly memory?: unknown;
  readonly wos_fuel?: unknown;
  readonly wos_ended?: unknown;
  readonly wos_refused?: unknown;
  readonly wos_start?: unknown;
  readonly _start?: unknown;
  readonly __indirect_function_table?: unknown;
}

const nothing = () => {
  throw new Error('A module without a memory made a call that needs one');
};

/** Makes the instance of a process and lets it begin. @throws what instantiating throws: not enough memory, bad segments */
export function instantiate(
  process: Process,
  module: WebAssembly.Module,
  imports: Record<string, Record<string, unknown>>,
  script?: ScriptParts,
): void {
  const exports = new WebAssembly.Instance(module, imports).exports as RewrittenExports;
  process.memory =
    exports.memory instanceof WebAssembly.Memory
      ? new GuestMemory(exports.memory)
      : new GuestMemory(new WebAssembly.Memory({ initial: 0, maximum: 0 }));
  if (exports.__indirect_function_table instanceof WebAssembly.Table)
    process.table = exports.__indirect_function_table;
  if (exports.wos_refused instanceof WebAssembly.Global) process.refusedFlag = exports.wos_refused;
  if (exports.wos_ended instanceof WebAssembly.Global) process.endedFlag = exports.wos_ended;
  if (script !== undefined) {
    const engine = new QuickJs(exports, exports.wos_fuel as WebAssembly.Global, process.memory);
    const made = new Script(process, engine, script);
    process.script = made;
    process.begin(() => made.run(), exports.wos_fuel as WebAssembly.Global);
    return;
  }
  const [first, main] = [exports.wos_start, exports._start ?? nothing];
  const start = async () => {
    if (first !== undefined) await WebAssembly.promising(first)();
    await WebAssembly.promising(main)();
  };
  process.begin(start, exports.wos_fuel as WebAssembly.Global);
}
