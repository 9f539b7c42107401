import { type DaemonSpec, isTerminal, PlatformError } from '@duende/core/contract';
import { untilUnit } from './bus/until.ts';
import { type Context, failure, handleOf } from './daemon.ts';
import { readStatus } from './status.ts';
import { unitNameOf } from './unit-name.ts';
import { spawnedMark } from './unit-page.ts';

const operation = { code: 'SpawnFailed', name: 'spawn' } as const;

/** A name that was taken for a spawn. */
export interface Claim {
  /** The daemon is there now: what it replaced goes for good. */
  keep(): void;
  /** It could not be started: nothing of it stays, and what it replaced comes back. */
  undo(): void;
}

/**
 * Makes the daemon's folder and takes its name, for which an ended daemon of the same name steps aside.
 * @throws PlatformError SpawnFailed / already-exists, permission-denied, engine-error
 */
export async function claimName(
  context: Context,
  spec: DaemonSpec,
  id: string,
  unit: Buffer,
): Promise<Claim> {
  const { state } = context;
  const folder = state.make(id, spec, unit);
  try {
    const aside = await place(context, folder, spec.name, id);
    const claim: Claim = {
      keep: () => {
        state.mark(spec.name, spawnedMark);
        if (aside !== undefined) state.remove(aside);
      },
      undo: () => {
        state.remove(state.folder(spec.name));
        if (aside !== undefined) state.place(aside, spec.name);
      },
    };
    try {
      // Of a new name systemd itself says whether there is a unit (UnitExists).
      if (aside !== undefined) await clearUnit(context, spec.name);
      return claim;
    } catch (error) {
      claim.undo();
      throw error;
    }
  } catch (error) {
    state.remove(folder);
    throw error;
  }
}

/** Puts the new folder in place. Returns where the ended daemon is that had it. */
async function place(
  context: Context,
  folder: string,
  name: string,
  id: string,
): Promise<string | undefined> {
  const { state, scope, manager } = context;
  for (let round = 0; round < 5; round += 1) {
    if (state.place(folder, name)) return undefined;
    const page = state.page(name);
    if (page === 'missing') continue;
    if (page === 'damaged') {
      // Whose it is nobody knows; while a unit of the name is there, it may be this one's.
      if ((await manager.read(unitNameOf(name))) !== undefined) throw taken(name);
    } else {
      const status = await readStatus(context, handleOf(page, scope), operation).catch(unlessGone);
      if (status === undefined) continue;
      if (!isTerminal(status)) throw taken(name);
    }
    const aside = state.putAside(name, page === 'damaged' ? '' : page.id, id);
    if (aside === undefined) continue;
    if (state.place(folder, name)) return aside;
    // Somebody was quicker; what we moved had ended, and has been replaced.
    state.remove(aside);
  }
  throw taken(name);
}

/** What it was about has been replaced or removed meanwhile: it is looked at anew. */
function unlessGone(error: unknown): undefined {
  if (!PlatformError.isInstance(error) || error.reason !== 'not-found') throw error;
}

const taken = (name: string) =>
  failure(
    operation,
    `A daemon named ${name} is running already`,
    'already-exists',
    `Stop it first (duende stop ${name}), or choose another name`,
  );

/** A unit of this name that is none of ours is never touched; an ended one of ours is cleared away. */
async function clearUnit({ manager }: Context, name: string): Promise<void> {
  const unit = unitNameOf(name);
  const there = await manager.read(unit);
  if (there === undefined) return;
  const ours = there.environment.some((variable) => variable.startsWith('DUENDE_ID='));
  const ended = there.active === 'failed' || there.active === 'inactive';
  if (!(ours && ended)) {
    throw failure(
      operation,
      `systemd has a unit ${unit} that this Duende did not make`,
      'already-exists',
      `Choose another name; systemctl status ${unit} shows it`,
    );
  }
  await manager.resetFailed(unit);
  await untilUnit(manager, unit, async () => ((await manager.read(unit)) === undefined ? true : undefined));
}
