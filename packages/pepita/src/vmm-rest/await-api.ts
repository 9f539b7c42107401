import { setTimeout as sleep } from 'node:timers/promises';
import { failure } from '../fail.ts';
import { RestAbsence } from './rest-client.ts';

/** Milliseconds between two tries to reach a VMM that has just been started. */
const pause = 3;
/** Milliseconds between two looks whether its process is there at all. */
const lookInterval = 100;

export interface AwaitApiOptions {
  readonly title: string;
  readonly ping: () => Promise<void>;
  /** Whether nobody will ever listen. */
  readonly isGone: () => Promise<boolean>;
  /** Milliseconds. */
  readonly patience: number;
}

/** Waits until a VMM answers. @throws PlatformError when it has ended, or does not listen in time */
export async function awaitApi({ title, ping, isGone, patience }: AwaitApiOptions): Promise<void> {
  const until = Date.now() + patience;
  for (let look = Date.now() + lookInterval; ; await sleep(pause)) {
    try {
      await ping();
      return;
    } catch (error) {
      if (!(error instanceof RestAbsence)) throw error;
    }
    if (Date.now() >= until) throw failure(`${title} does not listen after ${patience} ms`, 'timeout');
    if (Date.now() < look) continue;
    if (await isGone()) throw failure(`${title} has ended at once`, 'engine-error');
    look = Date.now() + lookInterval;
  }
}
