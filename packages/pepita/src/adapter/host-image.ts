import { basename } from 'node:path';
import { type DaemonSpec, hostVariables, resolveModule } from '@duende/core/contract';
import { type Account, daemonUser, type ImagePlan, planModule, planProgram } from '@duende/image';
import { healthCommandFile, resolveAccount, resolveGroup, resolveProgram } from '@duende/program';
import type { PepitaPaths } from '../paths.ts';
import { makeRootfs, type Rootfs } from '../rootfs/rootfs.ts';
import type { PepitaSettings } from './settings.ts';
import type { VmRecord } from './vm-record.ts';

/** What is executed in a guest, and what it finds there. */
export interface GuestProgram extends Pick<VmRecord, 'program' | 'argv' | 'env' | 'user' | 'healthCommand'> {
  readonly rootfs: Rootfs & { readonly type: string };
  /** Programs that are run when a snapshot of this root is made: what they need is in the memory of each clone then. */
  readonly warm: readonly (readonly string[])[];
}

interface User {
  readonly user: VmRecord['user'];
  readonly home: string;
  readonly accounts: readonly Account[];
}

/** Whom a daemon runs as: `duende` of the image without a word, else an account of this machine, which the image gets too. */
export function userOf({ user, group }: DaemonSpec): User {
  const account = user === undefined ? undefined : resolveAccount(user, 'pepita');
  const { uid = daemonUser.uid, home = '/home/duende' } = account ?? {};
  const gid = group === undefined ? (account?.gid ?? daemonUser.gid) : resolveGroup(group, 'pepita');
  const accounts = account === undefined ? [] : [{ name: account.name, uid, gid: account.gid, home }];
  return { user: { uid, gid, groups: [gid] }, home, accounts };
}

/** Runs all of Node's begin, and nothing else. */
const warmNode = (program: string): string[] => [program, '--eval', '0'];

/** What the daemon host of @duende/core finds in its environment. */
function moduleEnv(spec: Extract<DaemonSpec, { module: string }>): Record<string, string> {
  return {
    [hostVariables.stopTimeout]: String(spec.stopTimeout),
    ...(spec.config === undefined ? {} : { [hostVariables.config]: JSON.stringify(spec.config) }),
    ...(spec.health?.type === 'http' ? { [hostVariables.healthUrl]: spec.health.url } : {}),
  };
}

const healthOf = (file: string | undefined) => (file === undefined ? {} : { healthCommand: file });

/** The variables of every daemon in a guest, its own last. */
const environment = (spec: DaemonSpec, home: string, more: Readonly<Record<string, string>>) => ({
  HOME: home,
  [hostVariables.name]: spec.name,
  [hostVariables.platform]: 'pepita',
  ...more,
  ...spec.env,
});

/** A root of this machine's files, made unless it is there. @throws PlatformError see planProgram, planModule, makeRootfs */
export async function hostProgram(
  spec: DaemonSpec,
  settings: PepitaSettings,
  paths: PepitaPaths,
): Promise<GuestProgram> {
  const { user, home, accounts } = userOf(spec);
  const healthCommand = healthCommandFile(spec, 'pepita');
  const common = {
    platform: 'pepita',
    extra: settings.files,
    programs: healthCommand === undefined ? [] : [healthCommand],
    programsField: 'health.command',
    env: spec.env,
    cacheDirectory: paths.images,
    accounts,
    user: { uid: user.uid, gid: user.gid },
  } as const;
  const rootfsOf = async (plan: ImagePlan) => ({ ...(await makeRootfs(plan, paths)), type: 'erofs' });
  if ('module' in spec) {
    const plan = await planModule({ ...common, module: resolveModule(spec), compileCache: true });
    const [program = ''] = plan.argv;
    const env = environment(spec, home, moduleEnv(spec));
    const warm = [plan.rehearse];
    return {
      rootfs: await rootfsOf(plan),
      program,
      argv: plan.argv,
      env,
      user,
      warm,
      ...healthOf(healthCommand),
    };
  }
  const program = resolveProgram(spec.program, { platform: 'pepita', path: spec.env.PATH, cwd: spec.cwd });
  const plan = await planProgram({ ...common, program });
  const argv = [spec.program, ...spec.args];
  const env = environment(spec, home, {});
  const warm = basename(program) === 'node' ? [warmNode(program)] : [];
  return { rootfs: await rootfsOf(plan), program, argv, env, user, warm, ...healthOf(healthCommand) };
}

/** A program in a root file system that somebody else made. */
export function givenProgram(
  spec: Extract<DaemonSpec, { program: string }>,
  rootfs: GuestProgram['rootfs'],
): GuestProgram {
  const uid = Number(spec.user ?? 0);
  const gid = Number(spec.group ?? (spec.user === undefined ? 0 : uid));
  return {
    rootfs,
    program: spec.program,
    argv: [spec.program, ...spec.args],
    env: environment(spec, uid === 0 ? '/root' : '/', {}),
    user: { uid, gid, groups: [gid] },
    warm: [],
    ...healthOf(spec.health?.type === 'command' ? spec.health.command[0] : undefined),
  };
}
