import type { BootOptions } from '@duende/wos';
import { Kernel } from '@duende/wos';
import { execa } from 'execa';
import type { BenchContext } from '../context.ts';
import { compilePrograms, type Programs } from './compile.ts';

/** What the measurements work with. */
export interface Side {
  readonly context: BenchContext;
  readonly programs: Programs;
  /** Whether there is a wasmtime here: a rival then. */
  readonly hasWasmtime: boolean;
}

export async function prepareSide(context: BenchContext): Promise<Side> {
  const programs = await compilePrograms(context);
  const { failed } = await execa('wasmtime', ['--version'], { reject: false });
  return { context, programs, hasWasmtime: !failed };
}

/** Runs with a kernel in this process, which is gone afterwards, with all that it ran. */
export async function withKernel<T>(
  { context }: Side,
  options: BootOptions,
  act: (kernel: Kernel) => Promise<T>,
): Promise<T> {
  const kernel = await Kernel.boot(options);
  const end = (): Promise<void> => kernel.shutdown({ timeout: 0 });
  context.onEnd(end);
  try {
    return await act(kernel);
  } finally {
    await end();
  }
}

/** Kills a process and waits for its end. */
export async function kill(kernel: Kernel, pid: number): Promise<void> {
  kernel.signal(pid, 'KILL');
  await kernel.wait(pid);
}
