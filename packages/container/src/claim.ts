import { isTerminal } from '@duende/core/contract';
import { type Context, containerName, failure } from './daemon.ts';
import type { ContainerState } from './engine/engine.ts';
import { EngineError } from './engine/engine-error.ts';
import { labelNames } from './labels.ts';
import { daemonStatus } from './status.ts';
import { discard, isAbandoned } from './sweep.ts';

const operation = { code: 'SpawnFailed', name: 'spawn' } as const;

/** A name that was taken for a spawn: the engine gives it to one only. */
export interface Claim {
  readonly containerId: string;
  /** The daemon is there now: what it replaced goes for good. */
  keep(): Promise<void>;
  /** It could not be started: nothing of it stays, and what it replaced comes back, where the engine can rename. */
  undo(): Promise<void>;
}

const taken = (name: string) =>
  failure(
    operation,
    `A daemon named ${name} is running already`,
    'already-exists',
    `Stop it first (duende stop ${name}), or choose another name`,
  );

/** Whether a container of the name is one of ours that has ended. @throws PlatformError already-exists when it runs */
function hasEnded(context: Context, name: string, container: ContainerState): boolean {
  const { state } = context;
  const key = container.labels[labelNames.key];
  if (key === undefined || container.labels[labelNames.state] !== state.base) return false;
  if (isAbandoned(context, container)) return true;
  const page = state.page(key);
  if (page === 'missing' || page === 'damaged') {
    // Whose it is nobody knows; while it runs, it may be this one's.
    if (container.state === 'running' || container.state === 'paused') throw taken(name);
    return true;
  }
  if (isTerminal(daemonStatus({ container, page, key }, () => state.spec(key).stopSignal))) return true;
  throw taken(name);
}

/** @throws PlatformError already-exists, EngineError */
export async function claimName(
  context: Context,
  name: string,
  create: () => Promise<string>,
): Promise<Claim> {
  const { engine } = context;
  let aside: ContainerState | undefined;
  for (let round = 0; ; round += 1) {
    try {
      const containerId = await create();
      return claimOf(context, name, containerId, aside);
    } catch (error) {
      if (!(error instanceof EngineError) || error.kind !== 'conflict' || round >= 5) {
        if (aside) await giveBack(context, name, aside);
        throw error;
      }
      try {
        const there = await engine.inspect(containerName(name));
        if (there === undefined) continue;
        // Not ours: refused, untouched.
        if (!hasEnded(context, name, there)) throw error;
        aside = (await putAside(context, there)) ?? aside;
      } catch (refused) {
        if (aside) await giveBack(context, name, aside);
        throw refused;
      }
    }
  }
}

/** Out of the way under another name, or for good where the engine cannot rename. */
async function putAside(
  { engine, state }: Context,
  container: ContainerState,
): Promise<ContainerState | undefined> {
  if (engine.rename === undefined || container.state === 'created') {
    await discard({ engine, state }, container);
    return undefined;
  }
  try {
    // For as long as we are there nobody takes it back.
    state.own(container.labels[labelNames.key] ?? '');
    await engine.rename(container.id, `${container.name}.old-${container.id.slice(0, 12)}`);
    return container;
  } catch (error) {
    // Another spawn was quicker; Docker calls it invalid to give the name that it has already.
    if (error instanceof EngineError && ['not-found', 'conflict', 'invalid'].includes(error.kind))
      return undefined;
    throw error;
  }
}

async function restore({ engine }: Context, name: string, aside: ContainerState): Promise<void> {
  // Somebody else may have the name by now.
  await engine.rename?.(aside.id, containerName(name)).catch(() => undefined);
}

/** Back under its name; gone, where another spawn of ours has that by now: it would have replaced this one itself. */
async function giveBack(context: Context, name: string, aside: ContainerState): Promise<void> {
  await restore(context, name, aside);
  const there = await context.engine.inspect(containerName(name)).catch(() => undefined);
  if (there === undefined || there.id === aside.id) return;
  if (there.labels[labelNames.state] !== context.state.base) return;
  await discard(context, aside).catch(() => undefined);
}

function claimOf(
  context: Context,
  name: string,
  containerId: string,
  aside: ContainerState | undefined,
): Claim {
  const { engine } = context;
  return {
    containerId,
    keep: async () => {
      if (aside) await discard(context, aside);
    },
    undo: async () => {
      await engine.remove(containerId).catch(() => undefined);
      if (aside) await restore(context, name, aside);
    },
  };
}
