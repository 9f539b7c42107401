import { type Figure, isMeasured, meets, type Row, ratioOf, type Target } from './row.ts';

function formatNumber(value: number): string {
  if (value >= 100) return value.toFixed(0);
  return value >= 10 ? value.toFixed(1) : value.toPrecision(value >= 1 ? 3 : 2);
}

export function formatFigure(figure: Figure | undefined, unit: string): string {
  if (figure === undefined) return '';
  return isMeasured(figure) ? `${formatNumber(figure.median)} ${unit}` : '-';
}

const formatTarget = (target: Target | undefined, unit: string): string => {
  if (!target) return '';
  return target.kind === 'ratio' ? `<= ${target.atMost}x` : `<= ${target.atMost} ${unit}`;
};

const verdict = (row: Row): string => {
  const met = meets(row);
  if (met === undefined) return '';
  return met ? 'met' : 'MISSED';
};

/** The cells of all rows, with a heading; one column a rival that appears anywhere. */
export function toCells(rows: readonly Row[]): string[][] {
  const rivals = [...new Set(rows.flatMap((row) => Object.keys(row.rivals ?? {})))];
  const heading = ['what', 'duende', 'against', 'ratio', 'target', 'reached', ...rivals];
  const body = rows.map((row) => {
    const { reference, unit } = row;
    const ratio = ratioOf(row);
    return [
      row.what,
      formatFigure(row.duende, unit),
      reference ? `${reference.name}: ${formatFigure(reference.figure, unit)}` : '',
      ratio === undefined ? '' : `${ratio.toFixed(2)}x`,
      formatTarget(row.target, unit),
      verdict(row),
      ...rivals.map((name) => formatFigure(row.rivals?.[name], unit)),
    ];
  });
  return [heading, ...body];
}

/** A Markdown table, which also reads well on a terminal. */
export function formatTable(cells: readonly (readonly string[])[]): string {
  const widths = (cells[0] ?? []).map((_, column) =>
    Math.max(3, ...cells.map((row) => row[column]?.length ?? 0)),
  );
  const line = (row: readonly string[]): string =>
    `| ${widths.map((width, column) => (row[column] ?? '').padEnd(width)).join(' | ')} |`;
  const rule = `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`;
  const [heading = [], ...body] = cells;
  return [line(heading), rule, ...body.map(line)].join('\n');
}

/** What the cells have no room for: how it was measured, the spread, and why something is missing. */
export function formatNotes(rows: readonly Row[]): string[] {
  return rows.map((row) => {
    const figures: [string, Figure | undefined][] = [
      ['duende', row.duende],
      [row.reference?.name ?? '', row.reference?.figure],
      ...Object.entries(row.rivals ?? {}),
    ];
    const details = figures.flatMap(([name, figure]) => {
      if (!figure) return [];
      if (!isMeasured(figure)) return [`${name}: ${figure.missing}`];
      const note = figure.note ? `, ${figure.note}` : '';
      return [`${name}: p90 ${formatNumber(figure.p90)} ${row.unit}, ${figure.samples} samples${note}`];
    });
    return `- **${row.what}**: ${row.how} (${details.join('; ')})`;
  });
}
