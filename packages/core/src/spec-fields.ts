import { z } from 'zod';
import { parseDuration } from './duration.ts';
import { isDaemonName } from './name.ts';
import { parseSize } from './size.ts';

/** MAX_ARG_STRLEN: the longest single argument or NAME=value that execve(2) takes on Linux, with its NUL. */
export const maxStringBytes = 131_072;
/** PATH_MAX, limits.h: the longest path, with its NUL. */
export const maxPathBytes = 4096;

const bytes = (text: string): number => Buffer.byteLength(text);

/** Keeps messages one line, and a 1 MB value out of them. */
export function quote(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 57)}..."` : text;
}

export const nameSchema = z.string().superRefine((name, context) => {
  if (isDaemonName(name)) return;
  context.addIssue({
    code: 'custom',
    message: `expected 1 to 63 letters, digits, "_", "." or "-", beginning with a letter or digit and without "..", got ${quote(name)}`,
  });
});

/** A string that can be an argument of execve(2). */
export const arg = (what: string) =>
  z.string().superRefine((text, context) => {
    if (text.includes('\0')) {
      context.addIssue({ code: 'custom', message: `${what} cannot contain a NUL character` });
    } else if (bytes(text) >= maxStringBytes) {
      context.addIssue({
        code: 'custom',
        message: `${what} of ${bytes(text)} bytes is too long: execve(2) takes at most ${maxStringBytes - 1}`,
      });
    } else if (!text.isWellFormed()) {
      context.addIssue({ code: 'custom', message: `${what} is not well-formed Unicode` });
    }
  });

/** zod leaves this key out of records without a word, and a variable must not get lost. */
const withoutProto = z.custom<Record<string, string>>(
  (env) => typeof env !== 'object' || env === null || !Object.hasOwn(env, '__proto__'),
  { error: 'a variable cannot be named __proto__' },
);

export const envSchema = withoutProto.pipe(z.record(z.string(), z.string())).superRefine((env, context) => {
  for (const [name, value] of Object.entries(env)) {
    const add = (message: string) => context.addIssue({ code: 'custom', path: [name.slice(0, 60)], message });
    if (name === '' || /[=\0]/.test(name)) add(`expected a name without "=" and NUL, got ${quote(name)}`);
    else if (value.includes('\0')) add('the value cannot contain a NUL character');
    else if (bytes(name) + bytes(value) + 2 > maxStringBytes)
      add(
        `a value of ${bytes(value)} bytes is too long: execve(2) takes at most ${maxStringBytes - 2} with the name`,
      );
    else if (!value.isWellFormed() || !name.isWellFormed()) add('is not well-formed Unicode');
  }
});

export const pathIn = z.string().superRefine((path, context) => {
  const add = (message: string) => context.addIssue({ code: 'custom', message });
  if (path === '') add('expected a path, got an empty string');
  else if (path.includes('\0')) add('a path cannot contain a NUL character');
  else if (bytes(path) >= maxPathBytes)
    add(`a path of ${bytes(path)} bytes is too long: PATH_MAX is ${maxPathBytes}`);
  else if (!path.isWellFormed()) add('a path must be well-formed Unicode');
});

/** `10s` or milliseconds in, milliseconds out. */
export const durationIn = z
  .union([z.string(), z.number()], { error: 'expected a duration such as "10s", or milliseconds' })
  .transform((value, context) => {
    const milliseconds = parseDuration(value);
    if (milliseconds !== undefined && milliseconds <= 366 * 86_400_000) return milliseconds;
    context.addIssue({
      code: 'custom',
      message: `expected a duration such as "10s", or milliseconds, at most a year, got ${quote(value)}`,
    });
    return z.NEVER;
  });

/** `64M` or bytes in, bytes out. */
export const sizeIn = z
  .union([z.string(), z.number()], { error: 'expected a size such as "64M", or bytes' })
  .transform((value, context) => {
    const size = parseSize(value);
    if (size !== undefined) return size;
    context.addIssue({
      code: 'custom',
      message: `expected a size such as "64M", or bytes, got ${quote(value)}`,
    });
    return z.NEVER;
  });
