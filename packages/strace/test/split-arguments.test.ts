import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseStraceLine, splitArguments } from '../src/index.ts';

/** A string as strace prints it. */
const quoted = fc
  .string({
    unit: fc.constantFrom(
      'a',
      ',',
      ' ',
      '(',
      ')',
      '{',
      '}',
      '[',
      ']',
      '<',
      '>',
      '"',
      '\\',
      '=',
      '/',
      '*',
      '\n',
    ),
  })
  .map((text) => `"${text.replace(/[\\"]/g, '\\$&').replaceAll('\n', '\\n')}"`);
const atom = fc.oneof(
  quoted,
  quoted.map((text) => `${text}...`),
  fc.integer().map(String),
  fc.constantFrom(
    'NULL',
    'O_RDONLY|O_CLOEXEC',
    '0x7ffd',
    '[]',
    '~[]',
    'st_mode=S_IFREG|0644',
    '...',
    '1<<CAP_CHOWN',
  ),
  fc.constantFrom(
    '3</tmp/a, (b>',
    '1</dev/null<char 1:3>>',
    '4<TCP:[[::1]:1->[::1]:2]>',
    '0x7f /* 3 vars, } */',
  ),
);
const { argument } = fc.letrec<{ argument: string; list: string }>((tie) => ({
  argument: fc.oneof({ depthSize: 'small', withCrossShrink: true }, atom, tie('list')),
  list: fc
    .tuple(fc.constantFrom('[]', '{}', '()'), fc.array(tie('argument'), { maxLength: 4 }))
    .map(([brackets, inner]) => {
      const name = brackets === '()' ? 'makedev' : '';
      return `${name}${brackets[0]}${inner.join(', ')}${brackets[1]}`;
    }),
}));

describe('splitting arguments', () => {
  test('gives back exactly what was joined', () => {
    fc.assert(
      fc.property(fc.array(argument, { maxLength: 6 }), (args) => {
        expect(splitArguments(args.join(', '))).toEqual(args);
      }),
      { numRuns: 1000 },
    );
  });

  test('a call with such arguments is read whole, whatever they contain', () => {
    fc.assert(
      fc.property(fc.array(argument, { maxLength: 6 }), fc.integer({ min: 0 }), (args, result) => {
        const line = `1 1795466224.620403 call(${args.join(', ')}) = ${result} <0.000001>`;
        expect(parseStraceLine(line)).toMatchObject({ args, result: String(result), duration: 0.000001 });
      }),
      { numRuns: 1000 },
    );
  });

  test('nothing makes it throw or lose text', () => {
    const noise = fc.string({
      unit: fc.constantFrom('"', '\\', '(', ')', '{', ']', ',', '<', '>', '/', '*', '3', ' '),
    });
    fc.assert(
      fc.property(noise, (text) => {
        const strip = (part: string): string => part.replace(/[\s,]/g, '');
        expect(strip(splitArguments(text).join(','))).toBe(strip(text));
        parseStraceLine(`1 1795466224.620403 call(${text}`);
      }),
      { numRuns: 2000 },
    );
  });
});

test.each([
  ['', []],
  ['1', ['1']],
  ['1, ', ['1', '']],
  ['[16 => 12], {a=1} => {b=2, c=3}', ['[16 => 12]', '{a=1} => {b=2, c=3}']],
  ['[{WIFEXITED(s) && WEXITSTATUS(s) == 0}], 0', ['[{WIFEXITED(s) && WEXITSTATUS(s) == 0}]', '0']],
])('%j', (text, args) => expect(splitArguments(text)).toEqual(args));
