import { SeededRandom } from './seeded-random.ts';

/** Functions of a generated module. */
const functions = 6;

/**
 * A module in text format that ends: loops count their rounds, and once `$steps` are used up functions return at once. Everything that
 * the rewriter treats in its own way occurs: nested loops, branches to any label with and without values, tables of branches, returns out
 * of blocks, direct, indirect and tail calls, recursion, several results, exceptions, bulk operations.
 */
export function randomModule(seed: number): string {
  return new ModuleText(new SeededRandom(seed), false).text();
}

/** Steps that an endless module makes before it gives up and traps. */
export const mostSteps = 30_000_000;

/**
 * The same without ends: most modules loop or recur forever. `$steps` is exported, is counted down in each round and each function, and at
 * zero, which is reached only by what is never interrupted, there is a trap.
 */
export function randomEndlessModule(seed: number): string {
  return new ModuleText(new SeededRandom(seed), true).text();
}

class ModuleText {
  readonly #random: SeededRandom;
  #labels: { name: string; hasValue: boolean; isLoop: boolean }[] = [];
  #next = 0;

  readonly #isEndless: boolean;

  constructor(random: SeededRandom, isEndless: boolean) {
    this.#random = random;
    this.#isEndless = isEndless;
  }

  text(): string {
    const bodies = Array.from({ length: functions }, (_, index) => this.#function(index));
    const names = bodies.map((_, index) => `$f${index}`).join(' ');
    return `(module
      (import "env" "host" (func $host (param i32) (result i32)))
      (type $f (func (param i32 i32) (result i32)))
      (memory (export "memory") 1) (tag $oops (param i32))
      (table ${functions} funcref) (elem (i32.const 0) func ${names})
      (global $steps (export "steps") (mut i32) (i32.const ${this.#isEndless ? mostSteps : 300}))
      (func $pair (param i32) (result i32 i64)
        (if (i32.and (local.get 0) (i32.const 1)) (then (return (local.get 0) (i64.const 5))))
        (loop $l (local.set 0 (i32.shr_u (local.get 0) (i32.const 1))) (br_if $l (i32.gt_u (local.get 0) (i32.const 9))))
        (local.get 0) (i64.const 9))
      ${bodies.join('\n')}
      (func (export "go") (param i32) (result i32) (call $f0 (local.get 0) (i32.const 3))))`;
  }

  #function(index: number): string {
    this.#labels = [];
    const statements = this.#statements(3);
    return `(func $f${index} (type $f) (local $a i32) (local $b i32) (local $n0 i32) (local $n1 i32) (local $n2 i32) (local $n3 i32)
      ${this.#step()}
      ${statements} ${this.#value(2)})`;
  }

  #step(): string {
    const end = this.#isEndless ? '(unreachable)' : '(return (local.get 0))';
    return `(global.set $steps (i32.sub (global.get $steps) (i32.const 1)))
      (if (i32.le_s (global.get $steps) (i32.const 0)) (then ${end}))`;
  }

  #statements(depth: number): string {
    return Array.from({ length: 1 + this.#random.below(4) }, () => this.#statement(depth)).join('\n');
  }

  #statement(depth: number): string {
    const leaf = this.#random.below(depth > 0 ? 16 : 7);
    switch (leaf) {
      case 0:
      case 1:
        return `(local.set ${this.#random.pick(['$a', '$b', '0', '1'])} ${this.#value(2)})`;
      case 2:
        return `(i32.store8 (i32.and ${this.#value(1)} (i32.const 1023)) ${this.#value(1)})`;
      case 3:
        return this.#branch();
      case 4:
        return `(memory.fill (i32.const ${this.#random.below(2000)}) ${this.#value(0)} (i32.and ${this.#value(0)} (i32.const 511)))`;
      case 5:
        return `(memory.copy (i32.const ${this.#random.below(2000)}) (i32.const ${this.#random.below(2000)}) (i32.const ${this.#random.below(400)}))`;
      case 6:
        return this.#random.below(4) > 0
          ? `(call $pair ${this.#value(1)}) (local.set $a (i32.wrap_i64)) (local.set $b)`
          : `(if (i32.eqz (i32.and ${this.#value(1)} (i32.const 31))) (then (return_call ${this.#callee()} ${this.#value(0)} ${this.#value(0)})))`;
      case 7:
      case 8:
        return `(if ${this.#value(1)} (then ${this.#statements(depth - 1)}) (else ${this.#statements(depth - 1)}))`;
      case 9:
        return `(if ${this.#value(1)} (then ${this.#statements(depth - 1)}))`;
      case 10:
        return this.#labelled('block', false, (name) => `(block ${name} ${this.#statements(depth - 1)})`);
      case 11:
        return this.#labelled(
          'block',
          true,
          (name) =>
            `(local.set $a (block ${name} (result i32) ${this.#statements(depth - 1)} ${this.#value(1)}))`,
        );
      case 12:
        return this.#labelled(
          'block',
          true,
          (name) =>
            `(local.set $b (block ${name} (result i32) (try_table (catch $oops ${name}) ${this.#statements(depth - 1)}
              (if (i32.and ${this.#value(1)} (i32.const 1)) (then (throw $oops ${this.#value(0)})))) ${this.#value(0)}))`,
        );
      default:
        return this.#loop(depth);
    }
  }

  /** A loop of at most seven rounds, whatever branches to it. */
  #loop(depth: number): string {
    const rounds = `$n${depth}`;
    return this.#labelled(
      'loop',
      false,
      (name) => `(local.set ${rounds} (i32.const ${this.#isEndless ? mostSteps : 1 + this.#random.below(7)}))
        (loop ${name} ${this.#isEndless ? this.#step() : ''} (local.set ${rounds} (i32.sub (local.get ${rounds}) (i32.const 1)))
          (if (i32.gt_s (local.get ${rounds}) (i32.const 0)) (then
            ${this.#statements(depth - 1)} ${this.#random.below(4) > 0 ? `(br ${name})` : `(br_if ${name} ${this.#value(1)})`})))`,
    );
  }

  #labelled(kind: 'block' | 'loop', hasValue: boolean, write: (name: string) => string): string {
    const name = `$l${this.#next++}`;
    this.#labels.push({ name, hasValue, isLoop: kind === 'loop' });
    const text = write(name);
    this.#labels.pop();
    return text;
  }

  #branch(): string {
    const target = this.#labels.length > 0 ? this.#random.pick(this.#labels) : undefined;
    if (target === undefined || this.#random.below(6) === 0) {
      return `(if (i32.eq ${this.#value(1)} (i32.const 3)) (then (return ${this.#value(0)})))`;
    }
    if (target.hasValue) return `(drop (br_if ${target.name} ${this.#value(0)} ${this.#value(1)}))`;
    const others = this.#labels.filter((label) => !label.hasValue).map((label) => label.name);
    if (this.#random.below(3) > 0) return `(br_if ${target.name} ${this.#value(1)})`;
    const names = Array.from({ length: this.#random.below(4) }, () => this.#random.pick(others)).join(' ');
    return `(if ${this.#value(0)} (then (br_table ${names} ${target.name} ${this.#value(1)})))`;
  }

  #callee(): string {
    return `$f${this.#random.below(functions)}`;
  }

  #value(depth: number): string {
    switch (this.#random.below(depth > 0 ? 9 : 3)) {
      case 0:
        return `(i32.const ${this.#random.below(12)})`;
      case 1:
        return `(local.get ${this.#random.pick(['$a', '$b', '0', '1'])})`;
      case 2:
        return `(i32.load8_u (i32.const ${this.#random.below(2000)}))`;
      case 3:
        return `(call ${this.#callee()} ${this.#value(0)} ${this.#value(0)})`;
      case 4:
        return `(call_indirect (type $f) ${this.#value(0)} ${this.#value(0)} (i32.rem_u ${this.#value(0)} (i32.const ${functions + (this.#random.below(9) > 0 ? 0 : 1)})))`;
      case 5:
        return `(call $host ${this.#value(depth - 1)})`;
      default: {
        const op = this.#random.pick(['add', 'sub', 'mul', 'xor', 'and', 'lt_s', 'shl', 'rotl', 'div_u']);
        const right = this.#value(depth - 1);
        return `(i32.${op} ${this.#value(depth - 1)} ${op === 'div_u' && depth > 1 ? `(i32.or ${right} (i32.const 1))` : right})`;
      }
    }
  }
}
