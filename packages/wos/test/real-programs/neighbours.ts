import { expect } from 'vitest';
import type { SpawnOptions } from '../../src/kernel/index.ts';
import { Running, type TestKernel } from '../support/kernel.ts';
import { moduleOf, op } from '../support/wasm.ts';

const endless = moduleOf([...op.loop, ...op.branch(0), ...op.end]);

/** Runs something while two endless loops of the same priority take their share; proves that they did. */
export async function besideEndlessLoops<T>(test: TestKernel, work: () => Promise<T>): Promise<T> {
  const pids = await Promise.all([1, 2].map(() => test.kernel.spawn({ name: 'endless', module: endless })));
  try {
    return await work();
  } finally {
    for (const pid of pids) {
      expect(test.kernel.stats(pid).preemptions).toBeGreaterThan(2);
      test.kernel.signal(pid, 'KILL');
      expect(await test.kernel.wait(pid)).toEqual({ signal: 'SIGKILL' });
    }
  }
}

/** Starts a module at some path. */
export async function startModule(
  test: TestKernel,
  module: string | Uint8Array,
  args: string[],
  options: Partial<SpawnOptions> = {},
): Promise<Running> {
  const output = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
  const pid = await test.kernel.spawn({
    name: args[0] ?? 'module',
    module,
    args,
    stdout: (bytes) => void output.stdout.push(Buffer.from(bytes)),
    stderr: (bytes) => void output.stderr.push(Buffer.from(bytes)),
    ...options,
  });
  return new Running(test.kernel, pid, output);
}
