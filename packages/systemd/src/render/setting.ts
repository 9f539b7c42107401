import type { Property } from '../bus/manager.ts';

/** One setting of a unit in both of its forms: for StartTransientUnit, and as a line of a unit file. */
export interface Setting {
  readonly section: 'Unit' | 'Service';
  /** `TimeoutStopSec`, systemd.directives(7). */
  readonly key: string;
  /** What stands behind the `=`, already escaped. */
  readonly text: string;
  readonly property: Property;
}

/** Specifiers are not expanded in what a user gave (systemd.unit(5)). */
export const escapeSpecifiers = (text: string): string => text.replaceAll('%', '%%');

/** A word of a list, quoted as systemd.syntax(7) says. */
export function quoteWord(word: string): string {
  const escaped = escapeSpecifiers(word)
    .replaceAll('\\', '\\\\')
    .replaceAll('"', '\\"')
    .replaceAll('\n', '\\n')
    .replaceAll('\t', '\\t')
    .replace(
      /[\x01-\x1f\x7f]/g,
      (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`,
    );
  return /^[A-Za-z0-9_@%+=:,./~-]+$/.test(escaped) ? escaped : `"${escaped}"`;
}

type Section = Setting['section'];

function setting(
  key: string,
  text: string,
  name: string,
  signature: string,
  value: unknown,
  section: Section = 'Service',
): Setting {
  return { section, key, text, property: { name, signature, value } };
}

export const flag = (key: string, value: boolean): Setting =>
  setting(key, value ? 'yes' : 'no', key, 'b', value);

/** A text that is no list: taken as it is up to the end of the line. */
export const text = (key: string, value: string, section: Section = 'Service'): Setting =>
  setting(key, escapeSpecifiers(value), key, 's', value, section);

export const words = (key: string, values: readonly string[]): Setting =>
  setting(key, values.map(quoteWord).join(' '), key, 'as', values);

export const count = (key: string, value: number): Setting =>
  setting(key, String(value), key, 't', BigInt(value));

/** `key` ends in Sec, its property in USec; milliseconds, `Infinity` for no bound. */
export function duration(key: string, milliseconds: number, section: Section = 'Service'): Setting {
  const endless = milliseconds === Number.POSITIVE_INFINITY;
  const usec = endless ? 2n ** 64n - 1n : BigInt(Math.round(milliseconds * 1000));
  return setting(key, endless ? 'infinity' : `${usec}us`, key.replace(/Sec$/, 'USec'), 't', usec, section);
}

export const signalNumber = (key: string, name: string, number: number): Setting =>
  setting(key, `SIG${name}`, key, 'i', number);

/** Any other: its text and its property are given. */
export const other = (
  key: string,
  fileText: string,
  property: Property,
  section: Section = 'Service',
): Setting => ({
  section,
  key,
  text: fileText,
  property,
});
