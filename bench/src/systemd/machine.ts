import { runTimed } from '../commands.ts';
import type { BenchContext } from '../context.ts';
import type { Row } from '../row.ts';

export type Scope = 'system' | 'user';

interface Scripts {
  boot(): Promise<{ readonly pid: number; shutdown(): Promise<void> }>;
  enter(pid: number, argv: readonly string[], options: { asUser: boolean }): string[];
}

const load = async (): Promise<Scripts> => {
  const from = (file: string) => import(new URL(`../../../scripts/systemd/${file}`, import.meta.url).href);
  return { ...(await from('boot.mjs')), ...(await from('enter.mjs')) } as Scripts;
};

/** A real systemd in namespaces of its own, as for the tests. Measurements are run inside, by a process of their own. */
export interface Machine {
  measure(name: string, scope: Scope): Promise<readonly Row[]>;
}

export async function bootMachine(context: BenchContext): Promise<Machine> {
  const { boot, enter } = await load();
  const machine = await boot();
  context.onEnd(() => machine.shutdown());
  return {
    async measure(name, scope) {
      const argv = ['node', 'bench/src/systemd/inside.ts', name, scope];
      const [program, ...args] = enter(machine.pid, argv, { asUser: scope === 'user' }) as [
        string,
        ...string[],
      ];
      // One that hangs must not hold up the others.
      const { stdout } = await runTimed(program, args, { timeout: 120_000 });
      return JSON.parse(stdout) as Row[];
    },
  };
}
