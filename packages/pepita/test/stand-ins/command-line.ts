/** Options by name: whether each takes a value. */
export type Options = Readonly<Record<string, 'value' | 'flag'>>;

/** Reads `--name value` and `--name`; nothing else is one, nothing may come twice. @throws Error */
export function parseOptions(args: readonly string[], options: Options): Map<string, string> {
  const found = new Map<string, string>();
  for (let index = 0; index < args.length; index += 1) {
    const word = args[index] ?? '';
    const name = word.startsWith('--') ? word.slice(2) : '';
    const kind = Object.hasOwn(options, name) ? options[name] : undefined;
    if (kind === undefined) throw new Error(`Found argument '${word}' which wasn't expected`);
    if (found.has(name)) throw new Error(`The argument '${name}' was provided more than once.`);
    if (kind === 'value') index += 1;
    const value = kind === 'value' ? args[index] : '';
    if (value === undefined)
      throw new Error(`The argument '${name}' requires a value, but none was supplied.`);
    found.set(name, value);
  }
  return found;
}
