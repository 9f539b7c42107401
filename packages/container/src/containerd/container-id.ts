import { createHash } from 'node:crypto';

/** containerd, identifiers/validate.go: no two separators side by side, none at the end, 76 characters. */
const pattern = /^(?=.{1,76}$)[A-Za-z0-9]+(?:[._-][A-Za-z0-9]+)*$/;

/** The id of the container of a name: the name, where it can be one. The id of an id is itself. */
export function containerId(name: string): string {
  if (pattern.test(name)) return name;
  return `duende.${createHash('sha256').update(name).digest('hex').slice(0, 40)}`;
}
