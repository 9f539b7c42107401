import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { defineDaemon } from '../../src/define.ts';

export default defineDaemon({
  name: 'healthy',
  config: z.object({ health: z.enum(['good', 'bad', 'hangs', 'throws']), initMs: z.number().default(0) }),
  init: async (ctx) => {
    ctx.log.info('init');
    await sleep(ctx.config.initMs);
  },
  async run(ctx) {
    ctx.metrics.record({ durationMs: 12 });
    await sleep(3_600_000, undefined, { signal: ctx.signal });
  },
  health(ctx) {
    const { health } = ctx.config;
    if (health === 'throws') throw new Error('no database');
    if (health === 'hangs') return new Promise<boolean>(() => {});
    return { healthy: health === 'good', detail: { queue: 3n } };
  },
});
