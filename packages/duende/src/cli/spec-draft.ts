import { quote } from './arguments.ts';
import { usageError } from './usage.ts';

type Json = Record<string, unknown>;

/** Names that mean something else to JavaScript than a field. */
const forbidden = ['__proto__', 'constructor', 'prototype'];

/** A spec being put together; the adapter checks it as a whole. */
export class SpecDraft {
  readonly spec: Json;

  constructor(base: Json = {}) {
    this.spec = base;
  }

  /** Sets a field, making the objects on the way to it. @throws PlatformError Config when something else is there. */
  set(path: readonly string[], value: unknown, option: string): void {
    let place = this.spec;
    const last = path.at(-1) as string;
    if (path.some((part) => part === '' || forbidden.includes(part))) {
      throw usageError(`${option}: ${quote(path.join('.'))} is not a field of a spec`);
    }
    for (const [index, part] of path.slice(0, -1).entries()) {
      const next = place[part] ?? {};
      if (typeof next !== 'object' || Array.isArray(next)) {
        throw usageError(`${option}: ${path.slice(0, index + 1).join('.')} is not an object`);
      }
      place[part] = next;
      place = next as Json;
    }
    place[last] = value;
  }

  /** Adds to an object field: those that are there stay, unless they are given again. */
  merge(field: string, values: Readonly<Json>, option: string): void {
    const there = this.spec[field] ?? {};
    if (typeof there !== 'object' || Array.isArray(there)) {
      throw usageError(`${option}: ${field} of the spec is not an object`);
    }
    const merged = { ...there };
    for (const [name, value] of Object.entries(values)) {
      Object.defineProperty(merged, name, { value, enumerable: true, writable: true, configurable: true });
    }
    this.spec[field] = merged;
  }
}

/** @throws PlatformError Config naming the option. */
export function parseJson(text: string, option: string, hint?: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const why = text.trim() === '' ? 'it is empty' : (error as Error).message.replace(/ in JSON.*$/s, '');
    throw usageError(`${option}: expected JSON, got ${quote(text)}: ${why}`, hint);
  }
}

export function parseJsonObject(text: string, option: string): Json {
  const value = parseJson(text, option);
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Json;
  throw usageError(`${option}: expected a JSON object, got ${quote(text)}`);
}
