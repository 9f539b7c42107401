import type { Area } from '../area.ts';
import { startDocker } from '../container/engine.ts';
import { measurements } from '../container/measurements.ts';

/** Containers: the adapter against the docker command, on a dockerd started for it (as root). */
export const area: Area = {
  name: 'container',
  title: 'Containers (Docker)',
  prepare: async (context) => {
    const side = await startDocker(context);
    return Object.entries(measurements).map(([name, measure]) => ({ name, run: () => measure(side) }));
  },
};
