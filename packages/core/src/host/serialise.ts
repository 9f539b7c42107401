/** Deeper values are shortened: a log line is for reading, and recursion needs an end. */
const maxDepth = 12;

/** An error as plain data, with its cause and its own fields (`code`, `path` ...). */
function errorFields(error: Error, depth: number, seen: readonly object[]): Record<string, unknown> {
  const fields: Record<string, unknown> = {
    name: String(error.name),
    message: String(error.message),
    stack: error.stack,
  };
  if (error.cause !== undefined) fields.cause = plain(error.cause, depth + 1, seen);
  if (error instanceof AggregateError) fields.errors = plain(error.errors, depth + 1, seen);
  for (const [key, value] of Object.entries(error)) {
    if (!(key in fields)) fields[key] = plain(value, depth + 1, seen);
  }
  return fields;
}

function plainObject(value: object, depth: number, seen: readonly object[]): unknown {
  if (seen.includes(value)) return '[Circular]';
  const path = [...seen, value];
  if (value instanceof Error) return errorFields(value, depth, path);
  if (depth >= maxDepth) return Array.isArray(value) ? '[Array]' : '[Object]';
  if (ArrayBuffer.isView(value)) return `[${value.constructor.name} of ${value.byteLength} bytes]`;
  const { toJSON } = value as { toJSON?: unknown };
  if (typeof toJSON === 'function') return plain(toJSON.call(value), depth + 1, path);
  if (value instanceof Map || value instanceof Set) return plain([...value], depth + 1, path);
  if (Array.isArray(value)) return value.map((item) => plain(item, depth + 1, path));
  const copy: Record<string, unknown> = {};
  for (const key of Object.keys(value)) copy[key] = member(value, key, depth, path);
  return copy;
}

/** A getter may throw; the rest of the object is still worth logging. */
function member(value: object, key: string, depth: number, seen: readonly object[]): unknown {
  try {
    return plain((value as Record<string, unknown>)[key], depth + 1, seen);
  } catch (error) {
    return `[Threw: ${String(error)}]`;
  }
}

function plain(value: unknown, depth: number, seen: readonly object[]): unknown {
  if (typeof value === 'bigint' || typeof value === 'symbol') return String(value);
  if (typeof value === 'function') return `[Function ${value.name || 'anonymous'}]`;
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
  if (typeof value !== 'object' || value === null) return value;
  return plainObject(value, depth, seen);
}

/** Any value as data that `JSON.stringify` takes: nothing in it throws, cycles and depth are cut. */
export function toPlain(value: unknown): unknown {
  try {
    return plain(value, 0, []);
  } catch (error) {
    return `[Threw: ${String(error)}]`;
  }
}

/** What was thrown, as an Error: anything can be thrown. */
export function toError(thrown: unknown): Error {
  if (thrown instanceof Error) return thrown;
  const text = typeof thrown === 'string' ? thrown : JSON.stringify(toPlain(thrown));
  return new Error(text === undefined ? String(thrown) : text);
}
