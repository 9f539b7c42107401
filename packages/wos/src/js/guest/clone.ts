function unclonable(value: unknown): DOMException {
  const name = typeof value === 'function' ? `function ${value.name}` : String(value);
  return new DOMException(`${name} could not be cloned.`, 'DataCloneError');
}

function cloneObject(value: object, seen: Map<object, object>): object {
  const known = seen.get(value);
  if (known) return known;
  const keep = <T extends object>(copy: T): T => {
    seen.set(value, copy);
    return copy;
  };
  const copyOf = (item: unknown) => clone(item, seen);
  if (value instanceof Date) return keep(new Date(value.getTime()));
  if (value instanceof RegExp) return keep(new RegExp(value.source, value.flags));
  if (value instanceof ArrayBuffer) return keep(value.slice(0));
  if (ArrayBuffer.isView(value)) return keep(cloneView(value, copyOf));
  if (value instanceof Map) {
    const copy = keep(new Map());
    for (const [key, item] of value) copy.set(copyOf(key), copyOf(item));
    return copy;
  }
  if (value instanceof Set) {
    const copy = keep(new Set());
    for (const item of value) copy.add(copyOf(item));
    return copy;
  }
  if (value instanceof Error) return keep(cloneError(value, copyOf));
  if (Array.isArray(value)) {
    const copy = keep(new Array(value.length));
    for (const key of Object.keys(value)) copy[key as never] = copyOf(value[key as never]) as never;
    return copy;
  }
  if (value instanceof Promise || value instanceof WeakMap || value instanceof WeakSet)
    throw unclonable(value);
  const copy = keep({} as Record<string, unknown>);
  for (const [key, item] of Object.entries(value)) copy[key] = copyOf(item);
  return copy;
}

function cloneView(view: ArrayBufferView, copyOf: (value: unknown) => unknown): ArrayBufferView {
  const buffer = copyOf(view.buffer) as ArrayBuffer;
  const length = 'length' in view ? (view.length as number) : view.byteLength;
  return new (view.constructor as Uint8ArrayConstructor)(buffer, view.byteOffset, length);
}

function cloneError(error: Error, copyOf: (value: unknown) => unknown): Error {
  const copy = Object.create(Object.getPrototypeOf(error)) as Error;
  for (const name of ['message', 'stack', 'cause'] as const) {
    if (!(name in error)) continue;
    Object.defineProperty(copy, name, { value: copyOf(error[name]), writable: true, configurable: true });
  }
  return copy;
}

function clone(value: unknown, seen: Map<object, object>): unknown {
  if (typeof value === 'function' || typeof value === 'symbol') throw unclonable(value);
  if (typeof value !== 'object' || value === null) return value;
  return cloneObject(value, seen);
}

/** Copies, with what refers to itself. Nothing can be transferred: there is nobody to give it to. */
export function structuredClone(value: unknown): unknown {
  return clone(value, new Map());
}
