import { Cursor } from './cursor.ts';
import { rewriteElements } from './elements.ts';
import type { Additions } from './emit-check.ts';
import { growType } from './emit-grow.ts';
import { ExportKind, type ModuleExport, readExports, writeExports } from './exports.ts';
import { countEntries, rewriteGlobals } from './globals.ts';
import { limitMemory } from './memory.ts';
import { isValid, preflight, whyInvalid } from './preflight.ts';
import { type Imports, type ModuleImport, readImports } from './read-imports.ts';
import { type FunctionType, readTypes } from './read-types.ts';
import { rewriteCode, scanCode } from './rewrite-code.ts';
import { RewriteError } from './rewrite-error.ts';
import { readSections, Section, type Sections, sectionCursor } from './sections.ts';
import { rewriteTables, writeLimits } from './tables.ts';
import { TypeWriter } from './type-writer.ts';
import { Writer } from './writer.ts';

export interface RewriteOptions {
  /** Bytes that the memory may grow to; whole pages of 64 KiB count. Without it the module's own limit, or 4 GiB. */
  readonly memoryMax?: number;
}

export interface RewrittenModule {
  /** The instrumented module. Exports beyond its own: `wos_fuel`, and where needed `wos_ended`, `wos_refused` and `wos_start`. */
  readonly bytes: Uint8Array;
  /** What the original imports; the rewritten module imports the function `preempt` of `wos` as well. */
  readonly imports: readonly ModuleImport[];
  /** Whether it exports a function `_start`. */
  readonly hasStart: boolean;
  /** In pages of 64 KiB; both 0 for a module without memory. */
  readonly memory: { readonly initialPages: number; readonly maximumPages: number };
}

/**
 * Instruments a module so that it can be interrupted wherever it may run long. How, and what it costs:
 * docs/decisions/0011-wos-rewriter.md. What the host does with it: README.md of this package.
 *
 * @throws RewriteError invalid, too-large, unsupported, memory, name-taken: see RewriteErrorCode
 */
export function rewriteModule(bytes: Uint8Array, options: RewriteOptions = {}): RewrittenModule {
  preflight(bytes);
  const sections = readSections(bytes);
  const types = readTypes(sectionCursor(sections, Section.Type));
  const imports = readImports(sectionCursor(sections, Section.Import));
  const memory = limitMemory(sectionCursor(sections, Section.Memory), options.memoryMax);
  const exports = readExports(sectionCursor(sections, Section.Export));
  const hasStart = exports.some(({ name, kind }) => name === '_start' && kind === ExportKind.Function);
  const rewritten = assemble(sections, types, imports, memory, exports);
  // Checks make functions longer: one at the engine's limit may go beyond it.
  if (!isValid(rewritten)) {
    throw new RewriteError(
      'too-large',
      `The module does not fit the engine's limits once checks are in it: ${whyInvalid(rewritten)}`,
    );
  }
  return {
    bytes: rewritten,
    imports: imports.list,
    hasStart,
    memory: { initialPages: memory?.initial ?? 0, maximumPages: memory?.maximum ?? 0 },
  };
}

function assemble(
  sections: Sections,
  types: readonly FunctionType[],
  imports: Imports,
  memory: ReturnType<typeof limitMemory>,
  exports: readonly ModuleExport[],
): Uint8Array {
  const imported = imports.functionTypes.length;
  const shift = (callee: number) => (callee < imported ? callee : callee + 1);
  const scanned = scanCode(sections.get(Section.Code) ?? new Uint8Array(1), imported);
  const needsEnded = scanned.functions.some(({ facts }) => facts.hasHandler);
  const globals = imports.globals + countEntries(sectionCursor(sections, Section.Global));
  const grows = scanned.functions.some(({ facts }) => facts.growsMemory);
  const added = 1 + (needsEnded ? 1 : 0) + (grows ? 1 : 0);
  const additions: Additions = {
    fuelGlobal: globals,
    endedGlobal: needsEnded ? globals + 1 : undefined,
    preemptFunction: imported,
    growth: grows
      ? { refusedGlobal: globals + added - 1, growFunction: imported + 1 + scanned.functions.length }
      : undefined,
  };
  const typeWriter = new TypeWriter(sections.get(Section.Type), types.length);
  const preemptType = typeWriter.type(new Uint8Array(0));
  const growthType = grows ? typeWriter.type(growType.results, growType.parameters) : undefined;
  const { code, hints } = rewriteCode(
    scanned,
    functionTypes(sections, types),
    imported,
    additions,
    (results) => typeWriter.type(results),
  );
  const ours: ModuleExport[] = [{ name: 'wos_fuel', kind: ExportKind.Global, index: additions.fuelGlobal }];
  if (needsEnded) ours.push({ name: 'wos_ended', kind: ExportKind.Global, index: globals + 1 });
  if (additions.growth)
    ours.push({ name: 'wos_refused', kind: ExportKind.Global, index: additions.growth.refusedGlobal });
  const start = sections.get(Section.Start);
  if (start !== undefined)
    ours.push({ name: 'wos_start', kind: ExportKind.Function, index: new Cursor(start).u32() });

  const out = new Writer(code.length + 65_536);
  out.raw(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0));
  const section = (id: number, content: Writer | Uint8Array | undefined) => {
    if (content === undefined) return;
    out.byte(id);
    out.sized(content instanceof Writer ? content.written : content);
  };
  section(Section.Type, typeWriter.section());
  section(Section.Import, importSection(imports, preemptType));
  section(Section.Function, functionSection(sections, growthType));
  if (sections.has(Section.Table))
    section(Section.Table, rewriteTables(sectionCursor(sections, Section.Table), shift));
  if (memory !== undefined) section(Section.Memory, memorySection(memory));
  section(Section.Tag, sections.get(Section.Tag));
  section(Section.Global, rewriteGlobals(sectionCursor(sections, Section.Global), added, shift));
  section(Section.Export, writeExports([...exports, ...ours], shift));
  if (sections.has(Section.Element))
    section(Section.Element, rewriteElements(sectionCursor(sections, Section.Element), shift));
  section(Section.DataCount, sections.get(Section.DataCount));
  section(0, hints);
  section(Section.Code, code);
  section(Section.Data, sections.get(Section.Data));
  return out.written.slice();
}

function functionTypes(sections: Sections, types: readonly FunctionType[]): FunctionType[] {
  const section = sectionCursor(sections, Section.Function);
  const list: FunctionType[] = [];
  for (let count = section.u32(); count > 0; count--) list.push(types[section.u32()] as FunctionType);
  return list;
}

/** The functions' types; the one that grows the memory is the last. */
function functionSection(
  sections: Sections,
  growthType: number | undefined,
): Writer | Uint8Array | undefined {
  if (growthType === undefined) return sections.get(Section.Function);
  const section = sectionCursor(sections, Section.Function);
  const count = section.u32();
  const out = new Writer(section.end + 8);
  out.u32(count + 1);
  out.copy(section.bytes, section.position, section.end);
  out.u32(growthType);
  return out;
}

function importSection(imports: Imports, preemptType: number): Writer {
  const out = new Writer(imports.entries.length + 64);
  out.u32(imports.list.length + 1);
  out.raw(imports.entries);
  out.text('wos');
  out.text('preempt');
  out.byte(0);
  out.u32(preemptType);
  return out;
}

function memorySection(memory: NonNullable<ReturnType<typeof limitMemory>>): Writer {
  const out = new Writer();
  out.u32(1);
  writeLimits(out, memory);
  return out;
}
