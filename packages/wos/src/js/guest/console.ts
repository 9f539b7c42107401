import { hostText } from './host.ts';

const deepest = 4;

function inner(value: unknown, depth: number, seen: readonly object[]): string {
  if (typeof value === 'string') return depth === 0 ? value : JSON.stringify(value);
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'function') return `[Function: ${value.name || '(anonymous)'}]`;
  if (typeof value !== 'object' || value === null) return String(value);
  if (seen.includes(value)) return '[Circular]';
  if (value instanceof Error) return `${value.name}: ${value.message}\n${value.stack ?? ''}`.trimEnd();
  if (value instanceof Date) return value.toISOString();
  if (value instanceof RegExp) return String(value);
  if (depth >= deepest) return Array.isArray(value) ? '[Array]' : '[Object]';
  const more = (item: unknown) => inner(item, depth + 1, [...seen, value]);
  if (Array.isArray(value)) return value.length === 0 ? '[]' : `[ ${value.map(more).join(', ')} ]`;
  if (value instanceof Map)
    return `Map(${value.size}) { ${[...value].map(([key, item]) => `${more(key)} => ${more(item)}`).join(', ')} }`;
  if (value instanceof Set) return `Set(${value.size}) { ${[...value].map(more).join(', ')} }`;
  const entries = Object.entries(value).map(([key, item]) => `${key}: ${more(item)}`);
  return entries.length === 0 ? '{}' : `{ ${entries.join(', ')} }`;
}

/** A value as console shows it: like Node's, on one line. */
export function inspect(value: unknown): string {
  return inner(value, 0, []);
}

/** The % sequences of the first text. */
function format(values: readonly unknown[]): string {
  const [first, ...rest] = values;
  if (typeof first !== 'string') return values.map(inspect).join(' ');
  const text = first.replace(/%[sdifjoOc%]/g, (sequence) => {
    if (sequence === '%%') return '%';
    if (rest.length === 0) return sequence;
    const value = rest.shift();
    if (sequence === '%c') return '';
    if (sequence === '%d') return String(Number(value));
    if (sequence === '%i') return String(Number.parseInt(String(value), 10));
    if (sequence === '%f') return String(Number.parseFloat(String(value)));
    if (sequence === '%j') return String(JSON.stringify(value));
    return inspect(value);
  });
  return [text, ...rest.map(inspect)].join(' ');
}

const print =
  (stream: 1 | 2) =>
  (...values: unknown[]) =>
    void hostText('write', stream, `${format(values)}\n`);
const counts = new Map<string, number>();
const times = new Map<string, number>();
const out = print(1);
const err = print(2);

export const console = {
  log: out,
  info: out,
  debug: out,
  dir: (value: unknown) => out(value),
  table: out,
  group: out,
  groupEnd(): void {},
  warn: err,
  error: err,
  trace: (...values: unknown[]) => err(`Trace: ${format(values)}\n${new Error().stack ?? ''}`),
  assert: (holds: unknown, ...values: unknown[]) => {
    if (!holds) err(`Assertion failed${values.length > 0 ? `: ${format(values)}` : ''}`);
  },
  count: (label = 'default') => {
    counts.set(label, (counts.get(label) ?? 0) + 1);
    out(`${label}: ${counts.get(label)}`);
  },
  time: (label = 'default') => void times.set(label, performance.now()),
  timeEnd: (label = 'default') => {
    const since = times.get(label);
    if (since !== undefined) out(`${label}: ${(performance.now() - since).toFixed(3)}ms`);
    times.delete(label);
  },
};
