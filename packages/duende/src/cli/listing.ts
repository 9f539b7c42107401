import {
  type DaemonHandle,
  type DaemonStatus,
  type PlatformAdapter,
  PlatformError,
} from '@duende/core/contract';
import type { Context } from './context.ts';
import { assertAvailable, chosenPlatform, type FoundDaemon } from './daemon.ts';
import { mapLimited } from './many.ts';

export interface ListedDaemon {
  readonly adapter: PlatformAdapter;
  readonly handle: DaemonHandle;
  readonly status: DaemonStatus;
}

export interface Listing {
  /** By name. */
  readonly daemons: readonly ListedDaemon[];
  /** What could not be read: one line each. */
  readonly problems: readonly string[];
}

const atOnce = 64;

/** Every daemon of the chosen platform, else of all that can be used here. */
export async function listDaemons(context: Context): Promise<Listing> {
  const problems: string[] = [];
  const daemons: ListedDaemon[] = [];
  for (const adapter of await platformsToList(context, problems)) {
    const found = await mapLimited(adapter.handles, atOnce, (handle) =>
      statusOf({ adapter: adapter.adapter, handle }, problems),
    );
    daemons.push(...found.filter((entry) => entry !== undefined));
    problems.push(...adapter.problems);
  }
  daemons.sort((left, right) => (left.handle.name < right.handle.name ? -1 : 1));
  return { daemons, problems };
}

interface PlatformList {
  readonly adapter: PlatformAdapter;
  readonly handles: readonly DaemonHandle[];
  readonly problems: readonly string[];
}

async function platformsToList(context: Context, problems: string[]): Promise<PlatformList[]> {
  const ask = async (adapter: PlatformAdapter): Promise<PlatformList> => {
    const [handles, own] = await Promise.all([adapter.list(), adapter.problems?.() ?? []]);
    return { adapter, handles, problems: own.map((text) => `${adapter.platform}: ${text}`) };
  };
  const chosen = chosenPlatform(context);
  if (chosen) {
    const adapter = await context.adapters.open(chosen);
    try {
      return [await ask(adapter)];
    } catch (error) {
      await assertAvailable(adapter);
      throw error;
    }
  }
  const { answers, silent } = await context.adapters.askAll(ask);
  for (const { platform, why, absent } of silent) {
    if (!absent) problems.push(`${platform} did not answer: ${why}`);
  }
  return answers.map(({ answer }) => answer);
}

async function statusOf(
  { adapter, handle }: FoundDaemon,
  problems: string[],
): Promise<ListedDaemon | undefined> {
  try {
    return { adapter, handle, status: await adapter.status(handle) };
  } catch (error) {
    // Removed between list and status: it is no daemon any more.
    if (PlatformError.isInstance(error) && error.reason === 'not-found') return undefined;
    problems.push(`${handle.name}: ${PlatformError.isInstance(error) ? error.toLine() : String(error)}`);
    return undefined;
  }
}
