/** Bytes of a file that the kernel looks at (BINPRM_BUF_SIZE of linux/binfmts.h). */
export const headSize = 256;

export interface Shebang {
  readonly interpreter: string;
  /** Everything after it, as one argument. */
  readonly argument: string | undefined;
}

/** The first line of a script as execve(2) reads it; `undefined` when there is no interpreter in it. */
export function parseShebang(head: Buffer): Shebang | undefined {
  if (head.toString('latin1', 0, 2) !== '#!') return undefined;
  const text = head.toString('utf8', 2, headSize);
  const end = text.indexOf('\n');
  const line = (end < 0 ? text : text.slice(0, end)).replace(/\0.*/s, '');
  const [, interpreter, argument] = /^[ \t]*([^ \t]+)(?:[ \t]+(.*?))?[ \t]*$/s.exec(line) ?? [];
  if (interpreter === undefined) return undefined;
  // A name that is cut off would be another file: execve(2) gives ENOEXEC.
  if (end < 0 && head.length >= headSize && argument === undefined) return undefined;
  return { interpreter, argument: argument || undefined };
}

/** Options of env(1) that take a word of their own. */
const withValue = /^(-u|--unset|-C|--chdir)$/;

/** The program that `env ARGUMENT` runs, env(1): the whole argument, or with -S the first word that is no option or variable. */
export function envProgram(argument: string | undefined): string | undefined {
  if (argument === undefined) return undefined;
  const split = /^(?:-[a-z]*S\s*|--split-string[=\s]\s*)(.*)$/s.exec(argument);
  if (split === null) return argument.startsWith('-') || argument.includes('=') ? undefined : argument;
  const words = (split[1] as string).split(/\s+/);
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] as string;
    if (withValue.test(word)) at += 1;
    else if (word !== '' && !word.startsWith('-') && !word.includes('=')) return word;
  }
  return undefined;
}
