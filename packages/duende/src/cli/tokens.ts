/** One word of a command line, as what it is. */
export type Token =
  | { readonly kind: 'positional'; readonly value: string }
  | {
      readonly kind: 'option';
      /** As it was written: `--memory`, `-m`. */
      readonly raw: string;
      readonly name: string | undefined;
      readonly value: string | undefined;
      /** The value was joined to it: `--memory=1M`, `-m1M`. */
      readonly inline: boolean;
    };

/** What the reader has to know of an option. */
export interface TokenOption {
  readonly name: string;
  readonly short?: string;
  readonly value?: string;
}

/**
 * Splits words as getopt_long(3) does: `--name value`, `--name=value`, `-n value`, `-nvalue`, `-abc`. An option that
 * nobody knows has no name. Own code, since node:util takes longer to load than the rest of the command line.
 */
export function tokenize(words: readonly string[], options: readonly TokenOption[]): Token[] {
  const tokens: Token[] = [];
  let index = 0;
  const option = (raw: string, found: TokenOption | undefined, joined: string | undefined) => {
    const name = found?.name;
    if (joined !== undefined || found?.value === undefined) {
      tokens.push({ kind: 'option', raw, name, value: joined, inline: joined !== undefined });
      return;
    }
    index += 1;
    tokens.push({ kind: 'option', raw, name, value: words[index], inline: false });
  };
  for (; index < words.length; index += 1) {
    const word = words[index] as string;
    if (word.startsWith('--')) {
      const equals = word.indexOf('=');
      const raw = equals === -1 ? word : word.slice(0, equals);
      const found = options.find(({ name }) => name === raw.slice(2));
      option(raw, found, equals === -1 ? undefined : word.slice(equals + 1));
    } else if (word.length > 1 && word.startsWith('-')) {
      let rest = word.slice(1);
      while (rest !== '') {
        const letter = rest[0] as string;
        const found = options.find(({ short }) => short === letter);
        rest = rest.slice(1);
        const takesRest = found?.value !== undefined && rest !== '';
        option(`-${letter}`, found, takesRest ? rest.replace(/^=/, '') : undefined);
        if (takesRest) rest = '';
        if (!found) break;
      }
    } else tokens.push({ kind: 'positional', value: word });
  }
  return tokens;
}
