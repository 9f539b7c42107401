import { type DaemonHandle, isDaemonName } from '@duende/core/contract';
import { labelNames } from '../labels.ts';
import type { Service } from './api.ts';
import { isNoManager, type SwarmContext, serviceHandle, serviceName, swarmError } from './context.ts';
import { ownName } from './note.ts';
import { getService } from './snapshot.ts';

const operation = { code: 'StatusFailed', name: 'find' } as const;

/** `undefined` also where the engine is no manager: it has no services then. */
export async function findService(context: SwarmContext, name: string): Promise<DaemonHandle | undefined> {
  if (!isDaemonName(name)) return undefined;
  try {
    const service = await getService(context, serviceName(name));
    // By its id, too, a service is found.
    if (service === undefined || ownName(service, context.base) !== name) return undefined;
    return serviceHandle(service, name);
  } catch (error) {
    if (isNoManager(error)) return undefined;
    throw swarmError(context, error, operation, `cannot be asked for ${name}`);
  }
}

/** None where the engine is no manager. */
export async function listServices(context: SwarmContext): Promise<DaemonHandle[]> {
  const query = { filters: JSON.stringify({ label: [`${labelNames.state}=${context.base}`] }) };
  try {
    const services = await context.connection.json<Service[]>('/services', { query });
    return services
      .flatMap((service) => {
        const name = ownName(service, context.base);
        return name !== undefined && isDaemonName(name) ? [serviceHandle(service, name)] : [];
      })
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (error) {
    if (isNoManager(error)) return [];
    throw swarmError(context, error, operation, 'cannot list its services');
  }
}
