import { expect, it } from 'vitest';
import { useKernel } from './support/kernel.ts';
import { assemble } from './support/wat.ts';

const test = useKernel();

/** Asks for a page of 64 KiB until there is none, and then does something. */
const hoarder = (then: string) =>
  assemble(`(module
    (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
    (memory (export "memory") 1)
    (func (export "_start")
      (loop $more (br_if $more (i32.ne (memory.grow (i32.const 1)) (i32.const -1))))
      ${then}))`);

async function exitOf(then: string): Promise<unknown> {
  const pid = await test.kernel.spawn({
    name: 'hoarder',
    module: hoarder(then),
    limits: { memoryMax: 2 ** 20 },
  });
  return await test.kernel.wait(pid);
}

it('a process that fails after memory was refused is out of memory', async () => {
  expect(await exitOf('unreachable')).toEqual({ signal: 'SIGABRT', trap: 'unreachable', oom: true });
  expect(await exitOf('(call $exit (i32.const 3))')).toEqual({ code: 3, oom: true });
});

it('one that ends well, or is ended by somebody else, is not', async () => {
  expect(await exitOf('')).toEqual({ code: 0 });
  expect(await exitOf('(call $exit (i32.const 0))')).toEqual({ code: 0 });
  const module = hoarder('(loop $forever (br $forever))');
  const pid = await test.kernel.spawn({ name: 'hoarder', module, limits: { memoryMax: 2 ** 20 } });
  test.kernel.signal(pid, 'KILL');
  expect(await test.kernel.wait(pid)).toEqual({ signal: 'SIGKILL' });
});
