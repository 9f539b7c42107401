import { spawn } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runTimed } from '../commands.ts';
import type { BenchContext } from '../context.ts';
import { until } from '../until.ts';
import { isMissing, type Missing, needDebianProgram } from './install.ts';

export interface S6 {
  readonly folder: string;
  /** Supervises a program in a service folder of this name; it is down at first unless `up`. Returns the folder. */
  supervise(name: string, command: readonly string[], up: boolean): Promise<string>;
  /** Runs s6-svc, timed as a whole process. */
  control(...args: string[]): Promise<{ milliseconds: number; stdout: string }>;
  /** The process that runs in a service folder. */
  pidOf(service: string): Promise<number>;
}

export async function prepareS6(context: BenchContext): Promise<S6 | Missing> {
  const program = await needDebianProgram('s6-supervise', 's6');
  if (isMissing(program)) return program;
  const folder = context.makeFolder('s6');
  const services: string[] = [];
  context.onEnd(async () => {
    // x: exit when the program is down; d: bring it down.
    for (const service of services) await runTimed('s6-svc', ['-xd', service]).catch(() => undefined);
  });
  return {
    folder,
    control: (...args) => runTimed('s6-svc', args),
    supervise: async (name, command, up) => {
      const service = context.makeFolder(join('s6', name));
      writeFileSync(join(service, 'run'), `#!/bin/sh\nexec ${command.join(' ')}\n`);
      chmodSync(join(service, 'run'), 0o755);
      if (!up) writeFileSync(join(service, 'down'), '');
      const child = spawn(program, [service], { stdio: 'ignore' });
      context.track(child.pid as number);
      services.push(service);
      await until(`s6-supervise ${name}`, async () => {
        const status = await runTimed('s6-svstat', ['-u', service]).catch(() => undefined);
        return status?.stdout.trim() === String(up);
      });
      return service;
    },
    pidOf: async (service) => context.track(Number((await runTimed('s6-svstat', ['-p', service])).stdout)),
  };
}
