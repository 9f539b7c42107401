import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { prebuiltProbe } from '@duende/conformance';
import type { DaemonHandle } from '@duende/core';
import { type Machine, openMachine, PepitaAdapter, setupKernel } from '@duende/pepita';
import type { BenchContext } from '../context.ts';

/** What a measurement works with. */
export interface Side {
  readonly stateDirectory: string;
  readonly adapter: PepitaAdapter;
  readonly machine: Machine;
  /** A static program: `PROBE say hello park`. */
  readonly program: string;
  /** A module whose first line is `ready`. */
  readonly module: string;
  /** A new folder. */
  folder(name: string): string;
}

const ticker = `import { defineDaemon } from 'duende';
export default defineDaemon({
  name: 'bench',
  async run(ctx) {
    ctx.log.info('ready');
    await new Promise((resolve) => ctx.signal.addEventListener('abort', resolve));
  },
});
`;

let count = 0;

/** What a daemon of the bench runs. */
export type Work = { readonly memory?: string } & (
  | { readonly program: string; readonly args: string[] }
  | { readonly module: string }
);

/** A daemon in a guest of 128 MiB, unless its memory is given, without a network. */
export const start = (
  side: Pick<Side, 'adapter'>,
  { memory = '128M', ...work }: Work,
): Promise<DaemonHandle> =>
  side.adapter.spawn({ name: `bench-${count++}`, platform: { pepita: { memory } }, ...work });

/** TCG whatever the machine has: what is held against QEMU is held against the same. */
export async function startPepita(context: BenchContext): Promise<Side> {
  const program = prebuiltProbe();
  if (program === undefined) throw new Error('there is no prebuilt probe for this machine');
  const stateDirectory = context.makeFolder('state');
  await setupKernel({ stateDirectory, onProgress: (line) => context.progress(`pepita: ${line}`) });
  const adapter = new PepitaAdapter({ stateDirectory, accel: 'tcg' });
  context.onEnd(async () => {
    for (const handle of await adapter.list()) await adapter.remove(handle, { force: true });
    await adapter.close();
  });
  const machine = await openMachine({ stateDirectory, accel: 'tcg' });
  context.onEnd(() => machine.vmm.close());
  // Where `duende` is found.
  const module = join(import.meta.dirname, '..', '..', `bench-daemon-${process.pid}.ts`);
  writeFileSync(module, ticker);
  context.onEnd(async () => (await import('node:fs/promises')).rm(module, { force: true }));
  return { stateDirectory, adapter, machine, program, module, folder: (name) => context.makeFolder(name) };
}
