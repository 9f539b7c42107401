import { askSupervisor } from '@duende/program';
import type { Context, Found } from './daemon.ts';

/** One command to the init of a container, through the socket in its folder. `gone` when it does not listen. */
export async function askInit(
  { state }: Context,
  { key }: Pick<Found, 'key'>,
  command: string,
): Promise<string> {
  return await askSupervisor(state.run(key), command, () => {
    const page = state.page(key);
    // Only between the first instruction of an init and its socket.
    return typeof page === 'object' && page.state === 'starting';
  });
}
