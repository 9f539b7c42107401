import { type RewriteOptions, rewriteModule } from '../../src/rewrite/rewrite-module.ts';

type Imports = Record<string, Record<string, unknown>>;

export interface RunOptions extends RewriteOptions {
  /** Fuel of a slice. */
  readonly fuel?: number;
  readonly imports?: Imports;
  /** Called in each preemption, before the fuel is given. What it throws goes to the module. */
  readonly onPreempt?: (instance: WebAssembly.Instance, preemptions: number) => void;
}

export interface Run {
  readonly instance: WebAssembly.Instance;
  readonly preemptions: () => number;
  /** Calls an export as the kernel does. */
  readonly call: (name: string, ...args: unknown[]) => Promise<unknown>;
}

/** Rewrites and instantiates a module under a kernel that gives `fuel` again and again, each time after a turn of microtasks. */
export async function openRewritten(bytes: Uint8Array, options: RunOptions = {}): Promise<Run> {
  const { fuel = 1000, imports = {}, onPreempt, ...rewriteOptions } = options;
  const rewritten = rewriteModule(bytes, rewriteOptions);
  let preemptions = 0;
  const preempt = new WebAssembly.Suspending(async () => {
    preemptions++;
    onPreempt?.(instance, preemptions);
    await undefined;
    globalOf(instance, 'wos_fuel').value = fuel;
  });
  const module = await WebAssembly.compile(rewritten.bytes);
  const instance = new WebAssembly.Instance(module, { ...imports, wos: { ...imports.wos, preempt } });
  const call = (name: string, ...args: unknown[]) => WebAssembly.promising(instance.exports[name])(...args);
  return { instance, preemptions: () => preemptions, call };
}

/** An exported global. */
export function globalOf(instance: WebAssembly.Instance, name: string): WebAssembly.Global {
  const exported = instance.exports[name];
  if (exported instanceof WebAssembly.Global) return exported;
  throw new Error(`The module exports no global ${name}`);
}
