import { join } from 'node:path';
import { configError, type DaemonSpec } from '@duende/core/contract';
import { resolveAccount, resolveGroup } from '@duende/program';
import { type Context, failure, translate } from './daemon.ts';
import type { PullProgress } from './engine/engine.ts';
import type { ContainerSettings } from './settings.ts';

/** What a container is made from. */
export interface PreparedImage {
  readonly reference: string;
  /** The program to execute in it, a path or a name. */
  readonly program: string;
  /** The whole argv, the program's name first. */
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** The program of a health check. */
  readonly healthCommand?: string | undefined;
  /** `uid:gid` or a name in the image; the image's own without it. */
  readonly user: string | undefined;
}

const operation = { code: 'SpawnFailed', name: 'spawn' } as const;

/** The accounts of an image that somebody else made are not known here: names are left to the engine. */
function userOfImage({ user, group }: DaemonSpec): string | undefined {
  if (user === undefined && group === undefined) return undefined;
  if (user === undefined) {
    throw configError('group: an image has its own user, so a group needs a user beside it', {
      field: 'group',
      platform: 'container',
      operation: 'spawn',
      hint: 'Give user, too',
    });
  }
  return group === undefined ? String(user) : `${user}:${group}`;
}

/** @throws PlatformError SpawnFailed / exec-failed for a name that this machine does not have */
function userOfHost({ user, group }: DaemonSpec): string | undefined {
  if (user === undefined && group === undefined) return undefined;
  const account = user === undefined ? undefined : resolveAccount(user, 'container');
  const gid = group === undefined ? (account?.gid ?? 65_532) : resolveGroup(group, 'container');
  return `${account?.uid ?? 65_532}:${gid}`;
}

async function pullWhenNeeded(
  context: Context,
  settings: ContainerSettings,
  progress?: PullProgress,
): Promise<void> {
  const { engine } = context;
  const { image = '', pull, credentials } = settings;
  try {
    if (pull !== 'always' && (await engine.findImage(image))) return;
  } catch (error) {
    throw translate(context, error, operation, `cannot be asked for ${image}`);
  }
  if (pull === 'never') {
    throw failure(
      operation,
      `There is no image ${image}, and platform.container.pull is never`,
      'not-found',
      'Load or build it first',
    );
  }
  try {
    await engine.pullImage(image, credentials, progress);
  } catch (error) {
    throw translate(context, error, operation, `cannot pull ${image}`);
  }
}

/** An image with the program in it: the given one, pulled when it is missing, or one made from this machine's files. */
export async function prepareImage(
  context: Context,
  spec: DaemonSpec,
  settings: ContainerSettings,
  progress?: PullProgress,
): Promise<PreparedImage> {
  if (settings.image !== undefined && 'program' in spec) {
    const user = userOfImage(spec);
    await pullWhenNeeded(context, settings, progress);
    return {
      reference: settings.image,
      program: spec.program,
      argv: [spec.program, ...spec.args],
      env: {},
      healthCommand: spec.health?.type === 'command' ? spec.health.command[0] : undefined,
      user,
    };
  }
  const user = userOfHost(spec);
  const { imageOf } = await import('./host-image.ts');
  const { image, program, argv, env, healthCommand } = await imageOf(spec, settings, {
    cacheDirectory: join(context.state.base, '.images'),
    user,
  });
  try {
    if (!(await context.engine.findImage(image.reference))) {
      progress?.(`Making an image of ${program}`);
      await context.engine.loadImage(() => image.archive(), image.reference);
    }
  } catch (error) {
    throw translate(context, error, operation, `cannot take the image of ${program}`);
  }
  return { reference: image.reference, program, argv, env, healthCommand, user };
}
