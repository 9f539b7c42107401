import { type DaemonSpec, hostVariables, resolveModule } from '@duende/core/contract';
import { type BuiltImage, buildImage, type ImagePlan, planModule, planProgram } from '@duende/image';
import { healthCommandFile, resolveProgram } from '@duende/program';
import type { ContainerSettings } from './settings.ts';

export interface HostImage {
  readonly image: BuiltImage;
  readonly program: string;
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** The program of a health check, absolute. */
  readonly healthCommand: string | undefined;
}

/** What the daemon host of @duende/core finds in its environment. */
function moduleEnv(spec: Extract<DaemonSpec, { module: string }>): Record<string, string> {
  return {
    [hostVariables.stopTimeout]: String(spec.stopTimeout),
    ...(spec.config === undefined ? {} : { [hostVariables.config]: JSON.stringify(spec.config) }),
    ...(spec.health?.type === 'http' ? { [hostVariables.healthUrl]: spec.health.url } : {}),
  };
}

/** An image of this machine's files, for `uid:gid`. @throws PlatformError see planProgram, planModule */
export async function imageOf(
  spec: DaemonSpec,
  settings: ContainerSettings,
  { cacheDirectory, user }: { readonly cacheDirectory: string; readonly user: string | undefined },
): Promise<HostImage> {
  const [uid, gid] = (user ?? '').split(':').map(Number);
  const healthCommand = healthCommandFile(spec, 'container');
  const common = {
    platform: 'container',
    extra: settings.files,
    programs: healthCommand === undefined ? [] : [healthCommand],
    programsField: 'health.command',
    env: spec.env,
    cacheDirectory,
    ...(user === undefined ? {} : { user: { uid: uid as number, gid: gid as number } }),
  } as const;
  const named = (plan: ImagePlan): Promise<BuiltImage> => buildImage(plan, { cacheDirectory });
  if ('module' in spec) {
    const plan = await planModule({ ...common, module: resolveModule(spec) });
    const [program = ''] = plan.argv;
    return { image: await named(plan), program, argv: plan.argv, env: moduleEnv(spec), healthCommand };
  }
  const program = resolveProgram(spec.program, { platform: 'container', path: spec.env.PATH, cwd: spec.cwd });
  const plan = await planProgram({ ...common, program });
  return { image: await named(plan), program, argv: [spec.program, ...spec.args], env: {}, healthCommand };
}
