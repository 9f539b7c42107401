import type { Context } from './context.ts';
import { failed } from './failures.ts';
import { GuestSession } from './guest-session.ts';

/** Numbers of a guest: see STATS in agent/PROTOCOL.md. `patience` in milliseconds. @throws PlatformError `timeout`, system errors */
export async function guestNumbers({ store }: Context, name: string, patience = 5000) {
  const session = await GuestSession.open(store.run(name));
  const late = Promise.withResolvers<never>();
  const give = (): void =>
    late.reject(
      failed({ code: 'StatusFailed', name: 'stats' }, `The guest of ${name} does not answer`, 'timeout'),
    );
  const timer = setTimeout(give, patience);
  try {
    return await Promise.race([session.stats(), late.promise]);
  } finally {
    clearTimeout(timer);
    session.close();
  }
}
