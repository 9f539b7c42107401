import { expect, test } from 'vitest';
import { rewriteModule } from '../src/rewrite/rewrite-module.ts';
import { randomModule } from './support/random-module.ts';
import { openRewritten } from './support/run-rewritten.ts';
import { firstSeed } from './support/seeded-random.ts';
import { assemble } from './support/wat.ts';

interface Outcome {
  readonly result: unknown;
  readonly calls: readonly number[];
  readonly memory: string;
}

/** Calls `go`, and gathers what it returns or how it traps, what the host is told, and the memory. */
async function outcome(
  open: (imports: Record<string, Record<string, unknown>>) => Promise<WebAssembly.Instance>,
  call: (instance: WebAssembly.Instance) => unknown,
): Promise<Outcome> {
  const calls: number[] = [];
  const host = (value: number) => value ^ calls.push(value);
  const instance = await open({ env: { host } });
  let result: unknown;
  try {
    result = await call(instance);
  } catch (error) {
    // An exception of a module has no message.
    result = `${(error as Error).constructor.name} ${(error as Error).message ?? ''}`;
  }
  const memory = Buffer.from((instance.exports.memory as WebAssembly.Memory).buffer).toString(
    'latin1',
    0,
    4096,
  );
  return { result, calls, memory };
}

/** The original's, and the rewritten module's with a slice of so much fuel. */
async function both(bytes: Uint8Array, fuel: number) {
  const original = await outcome(
    async (imports) => new WebAssembly.Instance(new WebAssembly.Module(bytes), imports),
    (instance) => (instance.exports.go as (input: number) => number)(7),
  );
  let preemptions = () => 0;
  const rewritten = await outcome(
    async (imports) => {
      const run = await openRewritten(bytes, { fuel, imports });
      preemptions = run.preemptions;
      return run.instance;
    },
    (instance) => WebAssembly.promising(instance.exports.go)(7),
  );
  return { original, rewritten, preemptions: preemptions() };
}

test('random modules do the same when they are rewritten, however short the slices', async () => {
  let preempted = 0;
  let trapped = 0;
  let seed = firstSeed;
  for (const end = Date.now() + 6000; Date.now() < end; seed++) {
    const text = randomModule(seed);
    const bytes = assemble(text);
    expect(WebAssembly.validate(bytes), `seed ${seed} made a module that is not valid`).toBe(true);
    for (const fuel of [1, 50, 100_000]) {
      const { original, rewritten, preemptions } = await both(bytes, fuel);
      expect(rewritten, `WOS_FUZZ_SEED=${seed}, fuel ${fuel}`).toEqual(original);
      if (preemptions > 0) preempted++;
      if (typeof original.result === 'string') trapped++;
    }
    // What was rewritten is a module like others, except for our names.
    expect(() => rewriteModule(rewriteModule(bytes).bytes)).toThrow(/wos/);
  }
  expect(seed - firstSeed).toBeGreaterThan(50);
  // The generator does make modules with repetition in them, most of which do not trap.
  expect(preempted).toBeGreaterThan(seed - firstSeed);
  expect(trapped).toBeLessThan((seed - firstSeed) * 2);
});
