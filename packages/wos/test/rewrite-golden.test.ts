import { describe, expect, test } from 'vitest';
import { rewriterVersion, sha256 } from '../src/rewrite/cache-entry.ts';
import { rewriteModule } from '../src/rewrite/rewrite-module.ts';
import { assemble, disassemble } from './support/wat.ts';

/** The rewritten functions as text. */
function rewritten(text: string): string {
  const lines = disassemble(rewriteModule(assemble(text)).bytes).split('\n');
  const first = lines.findIndex((line) => /^ \(func /.test(line));
  return lines.slice(first, -2).join('\n');
}

const samples = {
  leaf: '(module (func (export "f") (param i32) (result i32) (i32.add (local.get 0) (i32.const 1))))',
  loop: '(module (func (export "f") (param i32) (loop $l (local.set 0 (i32.sub (local.get 0) (i32.const 1))) (br_if $l (local.get 0)))))',
  'recursive function':
    '(module (func $f (export "f") (param i32) (result i32) (if (i32.eqz (local.get 0)) (then (return (i32.const 0)))) (call $f (i32.const 0))))',
  'loop with a call of the host':
    '(module (import "host" "call" (func $h)) (func (export "f") (loop $l (call $h) (br $l))))',
  'bulk operation':
    '(module (memory 1) (func (export "f") (param i32) (memory.fill (i32.const 0) (i32.const 1) (local.get 0))))',
  'growth of memory':
    '(module (memory 1) (func (export "f") (param i32) (result i32) (memory.grow (local.get 0))))',
  handler:
    '(module (import "host" "call" (func $h)) (func (export "f") (block $out (try_table (catch_all $out) (call $h)))))',
};

describe('what is inserted into a', () => {
  test.for(Object.entries(samples))('%s', ([, text]) => {
    expect(rewritten(text)).toMatchSnapshot();
  });
});

test('output that has changed needs a new version: caches would go on with the old one', () => {
  const all = Object.values(samples).map((text) => rewriteModule(assemble(text)).bytes);
  expect({ rewriterVersion, bytes: sha256(...all) }).toMatchSnapshot();
});
