import type { SwarmContext } from './context.ts';
import { serviceEvents } from './events.ts';

/** Milliseconds between two looks: soon after news, since swarm learns of a container's end later than its engine does. */
const firstPause = 40;
/** Of tasks on other nodes there are no events: they are polled. */
const longestPause = 1000;

/** Looks again after each event of a service and of its local tasks, and at the latest after a second, until `look` has an answer. */
export async function untilService<T>(
  { connection }: SwarmContext,
  id: string,
  look: () => Promise<T | undefined>,
  signal?: AbortSignal,
): Promise<T> {
  let pause = firstPause;
  let wake = (): void => {};
  let changed = false;
  const notice = (): void => {
    changed = true;
    wake();
  };
  const events = serviceEvents(connection);
  const forget = events.add(id, notice);
  signal?.addEventListener('abort', notice);
  try {
    await events.ready().catch(() => undefined);
    for (;;) {
      changed = false;
      const answer = await look();
      if (answer !== undefined) return answer;
      signal?.throwIfAborted();
      if (!changed) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, pause);
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
      pause = changed ? firstPause : Math.min(pause * 2, longestPause);
      signal?.throwIfAborted();
    }
  } finally {
    forget();
    signal?.removeEventListener('abort', notice);
  }
}
