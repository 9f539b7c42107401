import { type PlistValue as AnyValue, build, parse } from 'plist';
import type { PlistDict } from './keys.ts';

/** The XML of a property list, as plutil(1) writes it. */
export function plistText(dict: PlistDict): string {
  // A carriage return written as it is would come back as a line feed (XML 1.0, 2.11).
  return `${build(dict as AnyValue).replaceAll('\r', '&#13;')}\n`;
}

/** @throws for what is no property list of a dictionary. */
export function parsePlist(text: string): PlistDict {
  const value = parse(text);
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Error('expected a dictionary');
  return value as PlistDict;
}
