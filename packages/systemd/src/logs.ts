import {
  type DaemonHandle,
  type DaemonSpec,
  isTerminal,
  type LogLine,
  type LogsOptions,
} from '@duende/core/contract';
import { type Context, requirePage } from './daemon.ts';
import { findHelper } from './helper-program.ts';
import { readStatus, waitForEnd } from './status.ts';
import { unitNameOf } from './unit-name.ts';

const operation = { code: 'StatusFailed', name: 'logs' } as const;

/** What of the spec matters to its lines; of a spec that cannot be read, nothing. */
function specOf({ state }: Context, name: string): Partial<DaemonSpec> {
  try {
    return state.spec(name);
  } catch {
    return {};
  }
}

/** The daemon's lines in the journal, from its spawn on. @throws StatusFailed / not-found, permission-denied, unavailable */
export async function* readLogs(
  context: Context,
  handle: DaemonHandle,
  options: LogsOptions,
): AsyncIterable<LogLine> {
  const page = requirePage(context, handle, operation);
  const { drainJournal, readJournal, userIdOf } = await import('./journal/index.ts');
  const spec = specOf(context, handle.name);
  const drain = (): Promise<void> => drainJournal(findHelper() ?? '', spec.sandbox?.network === 'none');
  const { follow = false, since, tail, signal } = options;
  const { bootId, created } = page;
  const user = context.scope === 'system' ? spec.user : undefined;
  const uid = user === undefined ? undefined : await userIdOf(user);
  const query = {
    scope: context.scope,
    unit: unitNameOf(handle.name),
    created: { bootId, ...created },
    ...(uid === undefined ? {} : { uid }),
  };
  const limits = {
    ...(since === undefined ? {} : { since: new Date(since) }),
    ...(tail === undefined ? {} : { tail }),
    ...(signal ? { signal } : {}),
  };
  if (isTerminal(await readStatus(context, handle, operation))) {
    await drain();
    return yield* readJournal(query, limits);
  }
  if (!follow) return yield* readJournal(query, limits);
  const over = new AbortController();
  const end = waitForEnd(context, handle, { signal: over.signal }, operation).then(drain, async () => {
    if (!over.signal.aborted) await drain();
  });
  try {
    yield* readJournal(query, { ...limits, followUntil: end });
  } finally {
    over.abort();
    await end;
  }
}
