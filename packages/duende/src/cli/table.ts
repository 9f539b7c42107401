/** Escape sequences: CSI (colours, cursor), OSC (titles, links), and those of two characters (ECMA-48). */
const sequences =
  /\u001B(?:\[[\u0030-\u003F]*[\u0020-\u002F]*[\u0040-\u007E]|\][^\u0007\u001B]*(?:\u0007|\u001B\\)?|[\u0040-\u005F])/g;

/** Without escape sequences. Own code: node:util costs a millisecond of every start. */
export function strip(text: string): string {
  return text.includes('\u001B') ? text.replace(sequences, '') : text;
}

/** Colours a text, or leaves it alone. */
export interface Paint {
  red(text: string): string;
  green(text: string): string;
  yellow(text: string): string;
  bold(text: string): string;
  dim(text: string): string;
}

export function paint(on: boolean): Paint {
  const code = (open: number, close: number) => (text: string) =>
    on ? `\u001B[${open}m${text}\u001B[${close}m` : text;
  return {
    red: code(31, 39),
    green: code(32, 39),
    yellow: code(33, 39),
    bold: code(1, 22),
    dim: code(2, 22),
  };
}

/** What came from elsewhere, as a cell: one line, and nothing in it that moves the cursor. */
export function plain(text: string): string {
  return strip(text).replace(/[\u0000-\u001F\u007F-\u009F]+/g, ' ');
}

const widthOf = (cell: string): number => strip(cell).length;

/** Columns aligned to the left, two blanks apart, without blanks at the end of a line. */
export function formatTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  options: { readonly right?: readonly string[] } = {},
): string {
  const widths = head.map((title, column) =>
    rows.reduce((widest, row) => Math.max(widest, widthOf(row[column] ?? '')), title.length),
  );
  return [head, ...rows]
    .map((row) =>
      row
        .map((cell, column) => {
          const blanks = ' '.repeat((widths[column] ?? 0) - widthOf(cell));
          return options.right?.includes(head[column] ?? '') ? blanks + cell : cell + blanks;
        })
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** `Name:      web` lines, values aligned. */
export function formatFields(
  fields: readonly (readonly [title: string, value: string | undefined])[],
): string {
  const given = fields.filter((field): field is readonly [string, string] => field[1] !== undefined);
  const width = given.reduce((widest, [title]) => Math.max(widest, title.length), 0) + 1;
  return given.map(([title, value]) => `${`${title}:`.padEnd(width)} ${value}`).join('\n');
}
