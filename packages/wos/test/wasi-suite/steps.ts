import { quoted } from '../soak/kinds.ts';
import { wasiSignatures } from '../support/wasi-signatures.ts';
import { assemble } from '../support/wat.ts';
import type { SuiteCase } from './cases.ts';

/** An argument: a number, the address of one, a text (address and length), what a variable holds, or buffers (list and count). */
export type Argument =
  | number
  | bigint
  | { readonly text: string }
  | { readonly value: string }
  | { readonly buffers: readonly (readonly [at: number, length: number])[] };

/** What memory holds after a call: a number of `size` bytes, or bytes. `not`: it holds something else. */
export interface Check {
  readonly at: number;
  readonly size?: 1 | 2 | 4 | 8;
  readonly is: number | bigint | string | { readonly at: number; readonly plus?: number };
  readonly not?: true;
  /** Only these bits. */
  readonly mask?: bigint;
}

/** One system call, one of the errors that it may answer, and what it leaves in memory. */
export interface Step {
  readonly call: string;
  readonly args: readonly Argument[];
  readonly answers: readonly number[];
  readonly checks: readonly Check[];
}

/** Where variables are: 32 bits each. Results of calls go to addresses below, as tests choose. */
const variables = 3072;
const texts = 4096;

/** A program that takes the steps and exits as it has to, or with 100 and the number of the first one, from 0, that went otherwise. */
export function programOf({ steps, memory, exitCode = 0 }: SuiteCase, names: readonly string[]): Uint8Array {
  const data: Buffer[] = [];
  let end = texts;
  const place = (bytes: Buffer): number => {
    data.push(bytes);
    end += bytes.length;
    return end - bytes.length;
  };
  const address = (name: string): number => {
    const index = names.indexOf(name);
    if (index < 0) throw new Error(`There is no variable ${name}`);
    return variables + index * 4;
  };
  const given = (argument: Argument, type: string | undefined): string => {
    if (typeof argument !== 'object') return `(${type === 'I' ? 'i64' : 'i32'}.const ${argument})`;
    if ('value' in argument) return `(i32.load (i32.const ${address(argument.value)}))`;
    if ('text' in argument) {
      const bytes = Buffer.from(argument.text);
      return `(i32.const ${place(bytes)}) (i32.const ${bytes.length})`;
    }
    const list = Buffer.alloc(argument.buffers.length * 8);
    for (const [index, [at, length]] of argument.buffers.entries()) {
      list.writeUInt32LE(at, index * 8);
      list.writeUInt32LE(length, index * 8 + 4);
    }
    // Aligned, as the list of a program would be.
    place(Buffer.alloc(-end & 7));
    return `(i32.const ${place(list)}) (i32.const ${argument.buffers.length})`;
  };
  const body = steps.map(({ call, args, answers, checks }, index) => {
    const types = [...(wasiSignatures[call] as string)];
    let next = 0;
    const list = args.map((argument) => {
      const text = given(argument, types[next]);
      next += typeof argument === 'object' && !('value' in argument) ? 2 : 1;
      return text;
    });
    if (next !== types.length) throw new Error(`${call} takes ${types.length} arguments, not ${next}`);
    const isAllowed = answers.map((errno) => `(i32.eq (local.get $e) (i32.const ${errno}))`);
    const wrong = [
      `(i32.eqz ${isAllowed.reduce((left, right) => `(i32.or ${left} ${right})`)})`,
      ...checks.flatMap((check) => failing(check)),
    ];
    const exit = `(then (call $exit (i32.const ${index + 100})))`;
    return `(local.set $e (call $${call} ${list.join(' ')}))\n${wrong.map((condition) => `(if ${condition} ${exit})`).join('\n')}`;
  });
  return assemble(`(module ${[...new Set(steps.map(({ call }) => call))].map(importOf).join('\n')}
    (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
    (memory (export "memory") 2) (data (i32.const ${texts}) ${quoted(Buffer.concat(data))})
    ${memory ? `(data (i32.const ${memory[0]}) ${quoted(memory[1])})` : ''}
    (func (export "_start") (local $e i32) ${body.join('\n')} (call $exit (i32.const ${exitCode}))))`);
}

function importOf(call: string): string {
  const types = [...(wasiSignatures[call] as string)]
    .map((letter) => (letter === 'I' ? 'i64' : 'i32'))
    .join(' ');
  return `(import "wasi_snapshot_preview1" "${call}" (func $${call} (param ${types}) (result i32)))`;
}

const loads = { 1: 'i64.load8_u', 2: 'i64.load16_u', 4: 'i64.load32_u', 8: 'i64.load' } as const;

/** Conditions that hold when a check does not. */
function failing({ at, size = 4, is, not, mask }: Check): string[] {
  if (typeof is === 'string') {
    return [...Buffer.from(is)].map(
      (byte, index) => `(i32.ne (i32.load8_u (i32.const ${at + index})) (i32.const ${byte}))`,
    );
  }
  const load = (from: number) => `(${loads[size]} (i32.const ${from}))`;
  const found = mask === undefined ? load(at) : `(i64.and ${load(at)} (i64.const ${mask}))`;
  const wanted =
    typeof is === 'object' ? `(i64.add ${load(is.at)} (i64.const ${is.plus ?? 0}))` : `(i64.const ${is})`;
  return [`(i64.${not ? 'eq' : 'ne'} ${found} ${wanted})`];
}
