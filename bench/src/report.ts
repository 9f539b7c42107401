import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Area } from './area.ts';
import { describeMachine } from './machine.ts';
import { meets, type Row, ratioOf } from './row.ts';
import { formatNotes, formatTable, toCells } from './table.ts';

export interface Report {
  readonly area: Area;
  readonly rows: readonly Row[];
  /** Measurements that broke, and why. */
  readonly broken: readonly { readonly name: string; readonly why: string }[];
}

/** Writes `results/AREA.md` and `results/AREA.json`. */
export function writeReport({ area, rows, broken }: Report): void {
  const folder = fileURLToPath(new URL('../results/', import.meta.url));
  mkdirSync(folder, { recursive: true });
  const machine = describeMachine();
  const markdown = [
    `# ${area.title}`,
    '',
    `${machine.cpu}, ${machine.cores} cores, ${machine.memory}, ${machine.kernel}, Node ${machine.node}, ${machine.date}, load ${machine.load}.`,
    `All sides were measured in the same run, in turn. Medians. Made by \`pnpm bench ${area.name}\`.`,
    '',
    formatTable(toCells(rows)),
    '',
    ...formatNotes(rows),
    ...broken.map(({ name, why }) => `- **${name}** could not be measured: ${why}`),
    '',
  ];
  writeFileSync(`${folder}${area.name}.md`, markdown.join('\n'));
  const data = {
    area: area.name,
    machine,
    rows: rows.map((row) => ({ ...row, ratio: ratioOf(row), met: meets(row) })),
    broken,
  };
  writeFileSync(`${folder}${area.name}.json`, `${JSON.stringify(data, undefined, 2)}\n`);
}
