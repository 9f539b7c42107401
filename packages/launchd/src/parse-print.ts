/** What `launchctl print` says of a service at its top level. Its text is "not API in any sense": unknown keys are kept. */
export type PrintedFields = ReadonlyMap<string, string>;

/**
 * Reads the lines with exactly one tab. Nested blocks repeat `state` and `pid` of other things, and may hold any text (arguments, variables): they
 * are passed over as a whole, up to the `}` at the same depth.
 */
export function parsePrint(text: string): PrintedFields {
  const fields = new Map<string, string>();
  let nested = false;
  for (const line of text.split('\n')) {
    if (nested) {
      nested = line !== '\t}';
      continue;
    }
    const match = /^\t([^\t=][^=]*?) = (.*)$/.exec(line);
    if (match === null) continue;
    const [, key = '', value = ''] = match;
    if (value === '{') nested = true;
    else if (!fields.has(key)) fields.set(key, value);
  }
  return fields;
}
