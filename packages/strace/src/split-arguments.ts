const openers = new Set(['(', '[', '{']);
const closers = new Set([')', ']', '}']);

/** Index after the string that begins at `from` (a double quote); the text's length when it does not end. */
function skipString(text: string, from: number): number {
  for (let at = from + 1; at < text.length; at += 1) {
    if (text[at] === '\\') at += 1;
    else if (text[at] === '"') return at + 1;
  }
  return text.length;
}

/** Index after `/* 20 vars *\/`; the index after the slash when it is none. */
function skipComment(text: string, from: number): number {
  if (text[from + 1] !== '*') return from + 1;
  const end = text.indexOf('*/', from + 2);
  return end === -1 ? text.length : end + 2;
}

/**
 * Index after the decoration of a file descriptor that begins at `from`: `3</tmp/a, b>`, `1</dev/null<char 1:3>>`,
 * `4<TCP:[127.0.0.1:1->127.0.0.1:2]>`. strace escapes angle brackets that are part of a path. `1<<CAP_CHOWN` is no
 * decoration, and neither is `<unfinished ...>`.
 */
function skipDecoration(text: string, from: number): number {
  const before = text[from - 1];
  if (before === undefined || !/[0-9D]/.test(before) || text[from + 1] === '<') return from + 1;
  let depth = 0;
  for (let at = from; at < text.length; at += 1) {
    if (text[at] === '<') depth += 1;
    else if (text[at] === '>' && text[at - 1] !== '-') {
      depth -= 1;
      if (depth === 0) return at + 1;
    }
  }
  return from + 1;
}

function skip(text: string, at: number): number {
  const character = text[at];
  if (character === '"') return skipString(text, at);
  if (character === '/') return skipComment(text, at);
  if (character === '<') return skipDecoration(text, at);
  return at + 1;
}

export interface ArgumentList {
  readonly args: readonly string[];
  /** Index after the closing parenthesis, or the text's length when there was none. */
  readonly end: number;
  readonly closed: boolean;
}

/**
 * Reads arguments from the text after an opening parenthesis up to its closing one. Commas inside of strings,
 * braces, brackets, parentheses, comments and descriptor decorations do not separate.
 */
export function readArguments(text: string, from = 0): ArgumentList {
  const args: string[] = [];
  let depth = 0;
  let start = from;
  let at = from;
  const add = (end: number, last: boolean): void => {
    const argument = text.slice(start, end).trim();
    if (argument !== '' || !last || args.length > 0) args.push(argument);
    start = end + 1;
  };
  while (at < text.length) {
    const character = text[at] as string;
    if (openers.has(character)) depth += 1;
    else if (closers.has(character)) {
      if (depth === 0 && character === ')') {
        add(at, true);
        return { args, end: at + 1, closed: true };
      }
      depth -= 1;
      if (depth < 0) break;
    } else if (character === ',' && depth === 0) add(at, false);
    at = skip(text, at);
  }
  add(text.length, true);
  return { args, end: text.length, closed: false };
}

/** The arguments of a call, one string each: `3, "a, b", {x=[1, 2]}` gives three. */
export function splitArguments(text: string): string[] {
  const { args, closed, end } = readArguments(`${text})`);
  // A stray closing bracket: the text is not what strace prints, so it stays whole.
  return closed && end === text.length + 1 ? [...args] : [text];
}
