import { askSupervisor } from '@duende/program';
import type { Context } from './context.ts';
import type { Found } from './daemon.ts';
import { isBridged, isVmAlive } from './status.ts';
import { machineIdOf } from './vm-name.ts';

/**
 * One command to the init of a guest, through its bridge. `gone` when nobody listens, `timeout` when the guest does not answer.
 * @param patience milliseconds; 5000 without it
 */
export async function askGuest(
  context: Context,
  { name, record }: Pick<Found, 'name' | 'record'>,
  command: string,
  patience?: number,
): Promise<string> {
  // A bridge that was killed is succeeded within moments.
  const isThere = (): boolean =>
    isBridged(context, machineIdOf(record)) && isVmAlive(context, machineIdOf(record));
  return await askSupervisor(context.store.run(name), command, isThere, patience);
}
