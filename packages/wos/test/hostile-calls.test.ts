import { describe, expect, it } from 'vitest';
import { useKernel } from './support/kernel.ts';

import { assemble } from './support/wat.ts';

/** The same call again and again, and nothing else. */
const endless = (module: string, name: string, parameters: string, given: string): Uint8Array =>
  assemble(`(module (import "${module}" "${name}" (func $call (param ${parameters}) (result i32)))
    (memory (export "memory") 20)
    (func (export "_start") (loop $on (drop (call $call ${given})) (br $on))))`);

const zeros = (count: number): string => '(i32.const 0) '.repeat(count);

describe('a loop of calls that take longer than fuel tells', () => {
  const test = useKernel({ threads: 1 });

  /** How many were made until more than its CPU time was used: its slices are as long as others'. */
  async function callsIn(cpuTime: number, module: Uint8Array, env: Record<string, string>): Promise<number> {
    const pid = await test.kernel.spawn({ name: 'calls', module, env, limits: { cpuTime } });
    expect(await test.kernel.wait(pid)).toEqual({ signal: 'SIGXCPU' });
    return test.kernel.stats(pid).calls;
  }

  // Its fuel would be enough for a hundred thousand.
  it('that are refused at once by a call that could wait', async () => {
    const module = endless('wos', 'spawn', 'i32 i32 i32 i32 i32', zeros(5));
    expect(await callsIn(1, module, {})).toBeLessThan(30_000);
  });

  it('that never wait, and copy much', async () => {
    const module = endless('wasi_snapshot_preview1', 'environ_get', 'i32 i32', zeros(2));
    expect(await callsIn(1, module, { BIG: 'x'.repeat(1_000_000) })).toBeLessThan(1000);
  });
});
