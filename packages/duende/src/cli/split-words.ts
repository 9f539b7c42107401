import { quote } from './arguments.ts';
import { usageError } from './usage.ts';

/**
 * A command in one text as its words: `curl -f "http://x/a b"`, or a JSON array of strings. Quotes and backslashes as
 * in sh(1), and nothing else of a shell: `$`, `*` and `;` are only characters.
 */
export function splitWords(text: string, option: string): string[] {
  if (text.trim().startsWith('[')) return jsonWords(text, option);
  const words: string[] = [];
  let word: string | undefined;
  let quoted = '';
  for (let index = 0; index < text.length; index += 1) {
    const character = text[index] as string;
    if (quoted === "'" ? character === "'" : quoted === '"' && character === '"') quoted = '';
    else if (character === '\\' && quoted !== "'") {
      index += 1;
      if (index >= text.length)
        throw usageError(`${option}: the backslash at the end of ${quote(text)} escapes nothing`);
      word = (word ?? '') + text[index];
    } else if (quoted !== '') word = (word ?? '') + character;
    else if (character === '"' || character === "'") {
      quoted = character;
      word ??= '';
    } else if (/\s/.test(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? '') + character;
  }
  if (quoted !== '') throw usageError(`${option}: the ${quoted} in ${quote(text)} is never closed`);
  if (word !== undefined) words.push(word);
  if (words.length === 0) throw usageError(`${option}: expected a command, got ${quote(text)}`);
  return words;
}

function jsonWords(text: string, option: string): string[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // Reported below.
  }
  const isWords = Array.isArray(value) && value.length > 0 && value.every((word) => typeof word === 'string');
  if (isWords) return value as string[];
  throw usageError(`${option}: expected a JSON array of texts such as ["curl","-f"], got ${quote(text)}`);
}
