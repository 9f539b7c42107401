import { stripVTControlCharacters, styleText } from 'node:util';

const titleWidth = 10;

/** Colours only where a terminal shows them. */
export function createOutput(stream: NodeJS.WriteStream = process.stdout) {
  const style: typeof styleText = (format, text) => styleText(format, text, { stream });
  const print = (text: string) => stream.write(`${text}\n`);

  /** A step's title, and its lines beside it. */
  function entry(mark: string, title: string, lines: readonly string[]): void {
    const [first = '', ...rest] = lines;
    print(`${mark} ${style('bold', title.padEnd(titleWidth))}${first}`);
    for (const line of rest) print(`  ${''.padEnd(titleWidth)}${line}`);
  }

  return {
    print,
    bold: (text: string) => style('bold', text),
    dim: (text: string) => style('dim', text),
    done: (title: string, lines: readonly string[]) => entry(style('green', '✔'), title, lines),
    failed: (title: string, lines: readonly string[]) => entry(style('red', '✘'), title, lines),
    /** Whether colours are on: for formatters that take a flag. */
    color: stripVTControlCharacters(style('red', 'x')) !== style('red', 'x'),
  };
}

export type Output = ReturnType<typeof createOutput>;
