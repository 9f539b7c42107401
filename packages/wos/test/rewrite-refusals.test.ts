import { expect, test } from 'vitest';
import { RewriteError } from '../src/rewrite/rewrite-error.ts';
import { type RewriteOptions, rewriteModule } from '../src/rewrite/rewrite-module.ts';
import { rawModule } from './support/raw-module.ts';
import { assemble } from './support/wat.ts';

/** What a module is refused with. */
function refusal(bytes: Uint8Array, options?: RewriteOptions): string {
  try {
    rewriteModule(bytes, options);
  } catch (error) {
    if (!(error instanceof RewriteError)) throw error;
    expect(error.message).not.toMatch(/[\r\n]/);
    return `${error.code}: ${error.message}`;
  }
  throw new Error('The module was not refused');
}

test.for([
  ['nothing', new Uint8Array(0), /^invalid: .*does not begin with \\0asm/],
  ['text', Buffer.from('(module)'), /^invalid: .*does not begin with \\0asm/],
  ['an ELF program', Buffer.from('\x7fELF\x02\x01\x01\0'), /^invalid: /],
  ['a header alone cut off', Uint8Array.of(0, 0x61, 0x73, 0x6d), /^invalid: .*no valid WebAssembly module: /],
  ['another version', Uint8Array.of(0, 0x61, 0x73, 0x6d, 2, 0, 0, 0), /^invalid: .*version/],
  ['a component', Uint8Array.of(0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0), /^unsupported: .*component.*preview 1/],
  [
    'a body that is not typed',
    Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 127, 3, 2, 1, 0, 10, 4, 1, 2, 0, 11),
    /^invalid: .*function #0/,
  ],
] as const)('%s is refused', ([, bytes, message]) => {
  expect(refusal(bytes)).toMatch(message);
});

test.for([
  ['(import "env" "memory" (memory 1))', /^unsupported: .*imported memory \(env\.memory\).*--import-memory/],
  ['(memory 1 2 shared)', /^unsupported: .*shared memory \(threads\)/],
  ['(memory i64 1)', /^unsupported: .*memory of 64-bit addresses/],
  ['(table i64 1 funcref)', /^unsupported: .*table of 64-bit addresses/],
  ['(memory 1) (memory 1)', /^unsupported: .*2 memories/],
  ['(import "env" "tag" (tag))', /^unsupported: .*imported exception tag \(env\.tag\)/],
  ['(type $s (struct (field i32))) (func (param (ref null $s)))', /^unsupported: .*garbage-collected types/],
  ['(func (param anyref))', /^unsupported: .*garbage-collected types/],
  ['(func (local i31ref))', /^unsupported: .*garbage-collected types/],
  [
    '(type $f (func)) (func (param funcref) (call_ref $f (ref.cast (ref $f) (local.get 0))))',
    /^unsupported: .*(typed|garbage)/,
  ],
  ['(import "wos" "preempt" (func))', /^name-taken: .*wos\.preempt.*rewritten already/],
  ['(func (export "wos_fuel"))', /^name-taken: .*wos_fuel/],
  ['(global (export "wos_ended") i32 (i32.const 0))', /^name-taken: .*wos_ended/],
  ['(memory (export "wos_start") 1)', /^name-taken: .*wos_start/],
  ['(table 600000 funcref) (table 600000 externref)', /^too-large: .*1200000 entries/],
] as const)('%s is refused by name', ([text, message]) => {
  expect(refusal(assemble(`(module ${text})`))).toMatch(message);
});

test('more memory than the limit at the start is refused', () => {
  const bytes = assemble('(module (memory 3))');
  expect(refusal(bytes, { memoryMax: 131_072 })).toMatch(/^memory: .*196608 bytes.*131072/);
  for (const memoryMax of [-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
    expect(refusal(bytes, { memoryMax })).toMatch(/^memory: Expected a number of bytes/);
  }
});

test('a module of more than 128 MiB is refused unread', () => {
  expect(refusal(new Uint8Array(128 * 1024 * 1024 + 1))).toMatch(/^too-large: .*134217729 bytes/);
});

test('a function at the limit of the engine is refused with what the engine says', () => {
  // loop; local.get 0; br_if 0; end
  const loop = Uint8Array.of(0x03, 0x40, 0x20, 0, 0x0d, 0, 0x0b);
  const loops = Buffer.concat(Array.from({ length: 400_000 }, () => loop));
  expect(refusal(rawModule(loops))).toMatch(/^too-large: .*size/);
});
