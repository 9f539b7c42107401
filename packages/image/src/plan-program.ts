import { requireAbsolute } from './more-programs.ts';
import { type ImagePlan, makePlan, type PlanOptions } from './plan.ts';
import { packProgram } from './program-files.ts';

export interface ProgramPlanOptions extends PlanOptions {
  /** Absolute; see `resolveProgram` for what a spec says. */
  readonly program: string;
  readonly args?: readonly string[];
}

/**
 * Plans the image of an ELF program or a script: the program at the path that it has on this host, its loader, libraries and
 * interpreters, found as this host would find them, and a small root file system around it.
 * @throws PlatformError SpawnFailed / exec-failed where execve(2) would fail, or for libraries that are missing; Config for a
 * loop of links, a path that is too long, or an extra file that cannot be packed.
 */
export async function planProgram(options: ProgramPlanOptions): Promise<ImagePlan> {
  const { program, args = [] } = options;
  requireAbsolute(program, 'program', options);
  return await makePlan('program', [program, ...args], options, (packing) =>
    packProgram(program, 'daemon', packing),
  );
}
