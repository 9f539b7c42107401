import { EngineError } from '../engine/engine-error.ts';
import { type Service, type ServiceSpec, servicePath } from './api.ts';
import type { SwarmContext } from './context.ts';
import { getService } from './snapshot.ts';

/** Changes a service. Swarm refuses what was made of an older version of it: then it is made of the new one. @throws EngineError */
export async function updateService(
  { connection, ...context }: SwarmContext,
  service: Service,
  change: (spec: ServiceSpec) => ServiceSpec,
): Promise<void> {
  let now = service;
  for (let round = 0; ; round += 1) {
    try {
      await connection.done(servicePath(service.ID, '/update'), {
        method: 'POST',
        query: { version: now.Version.Index },
        json: change(now.Spec),
      });
      return;
    } catch (error) {
      if (!(error instanceof EngineError) || !/out of sequence/i.test(error.message) || round === 10)
        throw error;
      const later = await getService({ connection, ...context }, service.ID);
      if (later === undefined) throw new EngineError('not-found', 'it was removed');
      now = later;
    }
  }
}
