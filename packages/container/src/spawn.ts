import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  assertEnforceable,
  type Capabilities,
  type DaemonHandle,
  type DaemonSpec,
  type DaemonSpecInput,
} from '@duende/core/contract';
import { encodeFrames, initFrames, initTags } from '@duende/program';
import { checkForEngine, checkLimits } from './check-engine.ts';
import { claimName } from './claim.ts';
import { type Context, failure, handleOf, translate } from './daemon.ts';
import type { ContainerPlan, PullProgress } from './engine/engine.ts';
import { EngineError } from './engine/engine-error.ts';
import { placeInit } from './init-program.ts';
import { type PreparedImage, prepareImage } from './prepare-image.ts';
import { readSettings } from './read-settings.ts';
import { renderPlan } from './render/plan.ts';
import { engineRefusal } from './spawn-error.ts';
import { untilStarted } from './started.ts';

export interface SpawnContext extends Context {
  readonly capabilities: Capabilities;
  /** The init that containers execute, absolute. */
  readonly init: string;
  readonly progress?: PullProgress | undefined;
}

export interface SpawnOptions {
  /** The spec as it was given, without defaults. */
  readonly input?: DaemonSpecInput | undefined;
}

const operation = { code: 'SpawnFailed', name: 'spawn' } as const;

export function prepareFolder(
  { state }: Context,
  key: string,
  id: string,
  spec: DaemonSpec,
  image: PreparedImage,
  plan: { readonly restart: string },
): void {
  const frames = initFrames({
    platform: 'container',
    id,
    spec,
    program: image.program,
    argv: image.argv,
    healthCommand: image.healthCommand,
    engineRestarts: plan.restart !== 'no',
  });
  state.prepare(key, id, spec.name, encodeFrames(frames, initTags));
}

/** Starts a container. @throws PlatformError see PlatformAdapter.spawn */
export async function spawnDaemon(
  context: SpawnContext,
  spec: DaemonSpec,
  { input }: SpawnOptions = {},
): Promise<DaemonHandle> {
  assertEnforceable(spec, context.capabilities, 'container', input);
  const settings = readSettings(spec);
  checkForEngine(context, spec, settings);
  const { engine, state } = context;
  const info = await engine.info().catch((error: unknown) => {
    throw translate(context, error, operation, 'cannot be used');
  });
  const image = await prepareImage(context, spec, settings, context.progress);
  const key = randomUUID();
  const id = randomUUID();
  state.make(key, withoutCredentials(spec));
  try {
    const folder = state.folder(key);
    const writable = (spec.sandbox.filesystem?.writable ?? []).map((_, index) =>
      join(folder, `writable-${index}`),
    );
    for (const path of writable) state.makeShared(path);
    const paths = {
      init: placeInit(context.init, state),
      run: state.run(key),
      writable,
      seccomp: join(folder, 'seccomp.json'),
    };
    const { reference, user, env } = image;
    const plan = renderPlan({
      runtime: engine.runtime,
      key,
      base: state.base,
      spec,
      settings,
      image: reference,
      user,
      env,
      paths,
    });
    checkLimits(plan, info);
    if (plan.seccomp) writeFileSync(paths.seccomp, plan.seccomp.text, { mode: 0o600 });
    prepareFolder(context, key, id, spec, image, plan);
    writeFileSync(join(folder, 'image.json'), JSON.stringify(image), { mode: 0o600 });
    return await start(context, { spec, plan, key, id, image });
  } catch (error) {
    state.remove(key);
    throw error;
  }
}

async function start(
  context: SpawnContext,
  daemon: { spec: DaemonSpec; plan: ContainerPlan; key: string; id: string; image: PreparedImage },
): Promise<DaemonHandle> {
  const { engine } = context;
  const { spec, plan, key, id, image } = daemon;
  const claim = await claimName(context, spec.name, () => engine.create(plan)).catch((error: unknown) => {
    throw refusal(context, error, spec, `cannot make the container of ${spec.name}`);
  });
  const { containerId } = claim;
  try {
    await engine.start(containerId).catch((error: unknown) => {
      throw refusal(context, error, spec, `cannot start ${spec.name}`);
    });
    const page = await untilStarted(context, { containerId, key, id }, spec, image.program);
    await claim.keep();
    return handleOf(context, { container: { id: containerId } as never, page, key });
  } catch (error) {
    await claim.undo();
    throw error;
  }
}

/** What an engine refuses, as the setting that is at fault, where it is one. */
export function refusal(context: Context, error: unknown, spec: DaemonSpec, what: string): unknown {
  if (!(error instanceof EngineError)) return error;
  const known = engineRefusal(error.message, spec, context.state.base);
  if (known !== undefined) return known;
  if (error.kind === 'conflict') {
    return failure(
      operation,
      `There is a container duende-${spec.name} that this Duende did not make`,
      'already-exists',
      `Choose another name; ${context.engine.runtime} inspect duende-${spec.name} shows it`,
    );
  }
  return translate(context, error, operation, what);
}

/** They were for the pull, and are not kept. */
function withoutCredentials(spec: DaemonSpec): DaemonSpec {
  const { credentials: _credentials, ...container } = spec.platform.container ?? {};
  return { ...spec, platform: { ...spec.platform, ...(spec.platform.container && { container }) } };
}
