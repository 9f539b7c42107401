import { scriptImportNames } from '../js/engine/import-names.ts';
import { wasiCalls } from '../wasi/index.ts';
import type { ModuleKind } from './module-store.ts';
import { wosCallNames } from './wos-call-names.ts';

interface Import {
  readonly module: string;
  readonly name: string;
  readonly kind: string;
}

function isThere({ module, name }: Import, kind: ModuleKind): boolean {
  if (kind === 'script' && module === 'env' && scriptImportNames.has(name)) return true;
  return module === 'wasi_snapshot_preview1' ? name in wasiCalls : module === 'wos' && wosCallNames.has(name);
}

/** @throws Error that says why a module cannot be a process */
export function checkModule(imports: readonly Import[], hasStart: boolean, kind: ModuleKind): void {
  if (kind === 'program' && !hasStart)
    throw new Error('The module exports no function _start: it is a library, not a program');
  for (const each of imports) {
    const { module, name, kind: what } = each;
    if (what !== 'function')
      throw new Error(`The module imports the ${what} ${module}.${name}: processes have their own`);
    if (!isThere(each, kind))
      throw new Error(`The module imports ${module}.${name}, which the kernel does not have`);
  }
}
