import { stripVTControlCharacters } from 'node:util';

/** What came from elsewhere, as a cell: one line, and nothing in it that moves the cursor. */
export const plain = (text: string): string =>
  stripVTControlCharacters(text).replace(/[\u0000-\u001F\u007F-\u009F]+/g, ' ');

const widthOf = (cell: string): number => stripVTControlCharacters(cell).length;

/** Pure: columns aligned to the left, two blanks apart, without blanks at the end of a line. */
export function formatTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => widthOf(row[column] ?? ''))),
  );
  const pad = (cell: string, column: number): string =>
    cell + ' '.repeat((widths[column] ?? 0) - widthOf(cell));
  return [head, ...rows].map((row) => row.map(pad).join('  ').trimEnd()).join('\n');
}

/** Pure: `Name:  web` lines, values aligned; those without a value are left out. */
export function formatFields(
  fields: readonly (readonly [title: string, value: string | undefined])[],
): string {
  const given = fields.filter((field): field is readonly [string, string] => field[1] !== undefined);
  const width = Math.max(...given.map(([title]) => title.length)) + 1;
  return given.map(([title, value]) => `${`${title}:`.padEnd(width)} ${value}`).join('\n');
}
