import type { Cursor } from './cursor.ts';
import { RewriteError, unsupported } from './rewrite-error.ts';
import { Writer } from './writer.ts';

/** Kinds of what is exported. */
export const ExportKind = { Function: 0, Global: 3 } as const;

export interface ModuleExport {
  readonly name: string;
  readonly kind: number;
  readonly index: number;
}

/** Names that the rewriter exports. */
export const ourExports = ['wos_fuel', 'wos_ended', 'wos_start', 'wos_refused'];

/** @throws RewriteError name-taken: one of our names is exported */
export function readExports(section: Cursor): ModuleExport[] {
  const list: ModuleExport[] = [];
  for (let count = section.u32(); count > 0; count--) {
    const name = section.text();
    if (ourExports.includes(name)) {
      throw new RewriteError('name-taken', `The module exports ${name}, a name of WOS itself: rename it`);
    }
    const kind = section.byte();
    if (kind > 4) throw unsupported(`an export of kind ${kind}`);
    list.push({ name, kind, index: section.u32() });
  }
  return list;
}

export function writeExports(list: readonly ModuleExport[], shift: (callee: number) => number): Writer {
  const out = new Writer();
  out.u32(list.length);
  for (const { name, kind, index } of list) {
    out.text(name);
    out.byte(kind);
    out.u32(kind === ExportKind.Function ? shift(index) : index);
  }
  return out;
}
