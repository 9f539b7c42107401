import type { Cursor } from './cursor.ts';
import { skipValueType } from './immediates.ts';
import { RewriteError, unsupported } from './rewrite-error.ts';

export interface ModuleImport {
  readonly module: string;
  readonly name: string;
  /** As WebAssembly.Module.imports has it. */
  readonly kind: string;
}

export interface Imports {
  readonly list: readonly ModuleImport[];
  /** Numbers of the imported functions' types. */
  readonly functionTypes: readonly number[];
  readonly globals: number;
  /** The entries, without their number. */
  readonly entries: Uint8Array;
}

const kinds = ['function', 'table', 'memory', 'global', 'tag'];

/**
 * @throws RewriteError unsupported: a memory or a tag is imported. A process has a memory of its own, and an imported tag could be
 * the one of JavaScript's exceptions, which end a process; name-taken: our own import is there
 */
export function readImports(section: Cursor): Imports {
  const list: ModuleImport[] = [];
  const functionTypes: number[] = [];
  let globals = 0;
  const count = section.u32();
  const start = section.position;
  for (let index = 0; index < count; index++) {
    const module = section.text();
    const name = section.text();
    const code = section.byte();
    const kind = kinds[code];
    if (kind === undefined) throw unsupported(`an import of kind ${code}`);
    if (module === 'wos' && name === 'preempt') {
      throw new RewriteError(
        'name-taken',
        'The module imports wos.preempt, which WOS itself adds: has it been rewritten already?',
      );
    }
    if (kind === 'function') functionTypes.push(section.u32());
    else if (kind === 'global') {
      skipValueType(section);
      section.byte();
      globals++;
    } else if (kind === 'table') {
      skipValueType(section);
      readLimits(section, 'table');
    } else if (kind === 'memory') {
      readLimits(section, 'memory');
      throw unsupported(`an imported memory (${module}.${name})`, 'link it without --import-memory');
    } else throw unsupported(`an imported exception tag (${module}.${name})`);
    list.push({ module, name, kind });
  }
  return { list, functionTypes, globals, entries: section.bytes.subarray(start, section.position) };
}

export interface Limits {
  readonly initial: number;
  readonly maximum: number | undefined;
}

/** @throws RewriteError unsupported: it is shared, has 64-bit addresses or pages of its own size */
export function readLimits(section: Cursor, what: 'memory' | 'table'): Limits {
  const flags = section.byte();
  if ((flags & 0b10) !== 0) throw unsupported(`a shared ${what} (threads)`, 'build it without -pthread');
  if ((flags & 0b100) !== 0) throw unsupported(`a ${what} of 64-bit addresses`, 'build it for wasm32');
  if (flags > 1) throw unsupported(`a ${what} with limits of kind ${flags}`);
  const initial = section.u32();
  return { initial, maximum: flags === 1 ? section.u32() : undefined };
}
