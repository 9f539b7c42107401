import { Cursor } from './cursor.ts';
import { RewriteError, unsupported } from './rewrite-error.ts';

/** Numbers of the sections, in the order in which a module has them: tags come before globals, the data count before the code. */
export const Section = {
  Type: 1,
  Import: 2,
  Function: 3,
  Table: 4,
  Memory: 5,
  Tag: 13,
  Global: 6,
  Export: 7,
  Start: 8,
  Element: 9,
  DataCount: 12,
  Code: 10,
  Data: 11,
} as const;

/** Each section's content. Custom sections are left out: names and debugging data would not fit any longer. */
export type Sections = ReadonlyMap<number, Uint8Array>;

const known = new Set<number>(Object.values(Section));

/** @throws RewriteError invalid: the sections do not fill the file; unsupported: a section that we do not know */
export function readSections(bytes: Uint8Array): Sections {
  const file = new Cursor(bytes, 8);
  const sections = new Map<number, Uint8Array>();
  while (!file.isAtEnd) {
    const id = file.byte();
    const content = file.take(file.u32());
    if (id === 0) continue;
    if (!known.has(id)) throw unsupported(`a section of number ${id}`);
    if (sections.has(id)) throw new RewriteError('invalid', `The module has two sections of number ${id}`);
    sections.set(id, content);
  }
  return sections;
}

/** A cursor over a section's content; of one that says that it has no entries when the module has no such section. */
export function sectionCursor(sections: Sections, id: number): Cursor {
  return new Cursor(sections.get(id) ?? new Uint8Array(1));
}
