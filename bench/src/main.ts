import { readdirSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { Area } from './area.ts';
import { type BenchContext, createContext } from './context.ts';
import { type Report, writeReport } from './report.ts';
import { meets, type Row } from './row.ts';
import { formatTable, toCells } from './table.ts';

export const usage = `pnpm bench [AREA]... [--only TEXT] [--check] [--no-build]

Measures Duende and its rivals side by side and writes bench/results/AREA.md and .json.
  --only TEXT   only measurements whose name contains it; writes no results
  --check       exit code 1 when a target is missed
  --no-build    measures what is built already`;

async function loadAreas(names: readonly string[]): Promise<Area[]> {
  const files = readdirSync(new URL('areas/', import.meta.url)).filter((file) => file.endsWith('.ts'));
  const known = files.map((file) => file.slice(0, -3)).sort();
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) throw new Error(`No area ${unknown}. There are: ${known.join(', ')}`);
  const wanted = names.length > 0 ? names : known;
  return Promise.all(
    wanted.map(async (name) => ((await import(`./areas/${name}.ts`)) as { area: Area }).area),
  );
}

/** Results name no place on this machine. */
const withoutPaths = (text: string): string => text.replace(/(?<![\w.])\/[^\s:,]+\//g, '.../');

async function measure(area: Area, context: BenchContext, only: string): Promise<Report> {
  context.progress(`${area.name}: preparing`);
  const measurements = await area.prepare(context);
  const rows: Row[] = [];
  const broken: { name: string; why: string }[] = [];
  for (const { name, run } of measurements.filter((measurement) => measurement.name.includes(only))) {
    context.progress(`${area.name}: ${name}`);
    try {
      rows.push(...(await run()));
    } catch (error) {
      broken.push({ name, why: withoutPaths(error instanceof Error ? error.message : String(error)) });
    }
  }
  context.progress('');
  return { area, rows, broken };
}

/** Returns the exit code: 1 when a measurement broke, or with --check when a target was missed. */
export async function main(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      check: { type: 'boolean', default: false },
      only: { type: 'string', default: '' },
      'no-build': { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    console.log(usage);
    return 0;
  }
  const areas = await loadAreas(positionals);
  const context = createContext();
  const stop = (signal: NodeJS.Signals): void => {
    // Everything that the bench has started ends with it, on Ctrl-C too.
    void context.end().finally(() => process.exit(signal === 'SIGINT' ? 130 : 143));
  };
  process.once('SIGINT', stop).once('SIGTERM', stop);
  let code = 0;
  try {
    for (const area of areas) {
      const report = await measure(area, context, values.only);
      console.log(`\n${area.title}\n\n${formatTable(toCells(report.rows))}`);
      for (const { name, why } of report.broken) console.error(`bench: ${name} broke: ${why}`);
      if (values.only === '') writeReport(report);
      if (report.broken.length > 0) code = 1;
      if (values.check && report.rows.some((row) => meets(row) === false)) code = 1;
    }
  } finally {
    await context.end();
  }
  return code;
}
