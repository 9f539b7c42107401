import { existsSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { isTerminal, PlatformError } from '@duende/core/contract';
import { type Context, failure, handleOf } from './daemon.ts';
import { bootout, readJob } from './job.ts';
import { labelOf } from './label.ts';
import { isMarked, removeMark } from './process-mark.ts';
import { readStatus } from './status.ts';
import { sweepName } from './sweep.ts';

const operation = { code: 'SpawnFailed', name: 'spawn' } as const;

/** A name that was taken for a spawn. */
export interface Claim {
  /** The daemon is there now: what it replaced goes for good. */
  keep(): void;
  /** It could not be started: nothing of it stays, and what it replaced comes back. */
  undo(): void;
}

/**
 * Makes the daemon's folder and takes its name, for which an ended daemon of the same name steps aside. `keepLog`: its log goes on.
 * @throws PlatformError SpawnFailed / already-exists, permission-denied, engine-error
 */
export async function claimName(
  context: Context,
  name: string,
  id: string,
  config: Buffer,
  keepLog: boolean,
): Promise<Claim> {
  const { state } = context;
  const folder = state.make(id, config);
  try {
    const aside = await place(context, folder, name, id);
    const moveLog = (from: string, to: string): void => {
      if (keepLog && existsSync(join(from, 'log'))) renameSync(join(from, 'log'), join(to, 'log'));
    };
    const claim: Claim = {
      keep: () => {
        removeMark(state.file(name, 'spawner'));
        if (aside !== undefined) state.remove(aside);
      },
      undo: () => {
        if (aside !== undefined) moveLog(state.folder(name), aside);
        state.remove(state.folder(name));
        if (aside !== undefined) state.place(aside, name);
      },
    };
    try {
      if (aside !== undefined) moveLog(aside, state.folder(name));
      await clearJob(context, name);
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
  const { state, domain } = context;
  for (let round = 0; round < 5; round += 1) {
    if (state.place(folder, name)) return undefined;
    const page = state.page(name);
    if (page === 'missing') continue;
    if (page === 'unborn') {
      if (!(await sweepName(context, name))) throw taken(name);
      continue;
    }
    if (page === 'damaged') {
      // Whose it is nobody knows; while a job of the name is there, it may be this one's.
      if ((await readJob(context, name)) !== undefined) throw taken(name);
    } else {
      const status = await readStatus(context, handleOf(page, domain), operation).catch(unlessGone);
      if (status === undefined) continue;
      if (!isTerminal(status)) throw taken(name);
      if (state.isInstalled(name)) throw installed(name);
      // Whoever stops or removes it takes its job out of launchd yet, and must not meet ours.
      await untilUnmarked(state.file(name, 'stopping'));
    }
    const aside = state.putAside(name, typeof page === 'object' ? page.id : '', id);
    if (aside === undefined) continue;
    if (state.place(folder, name)) return aside;
    // Somebody was quicker; what we moved had ended, and has been replaced.
    state.remove(aside);
  }
  throw taken(name);
}

async function untilUnmarked(mark: string): Promise<void> {
  for (let round = 0; round < 1000 && isMarked(mark); round += 1) await delay(20);
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

const installed = (name: string) =>
  failure(
    operation,
    `A daemon named ${name} is installed already`,
    'already-exists',
    `Start it (duende restart ${name}), or uninstall it first (duende uninstall ${name})`,
  );

/** A job of this label that is none of ours is never touched; an ended one of ours is taken out. */
async function clearJob(context: Context, name: string): Promise<void> {
  const job = await readJob(context, name);
  if (job === undefined) return;
  const ours = job.path.startsWith(`${context.state.base}/`);
  if (!ours) {
    throw failure(
      operation,
      `launchd has a job ${labelOf(name)} that this Duende did not make (${job.path || 'no plist'})`,
      'already-exists',
      `Choose another name; launchctl print ${context.domainTarget}/${labelOf(name)} shows it`,
    );
  }
  await bootout(context, name, operation);
}
