import { z } from 'zod';
import { defineDaemon } from '../../src/define.ts';

export default defineDaemon({
  name: 'configured',
  config: z.strictObject({
    interval: z.number().default(5),
    target: z.object({ url: z.string() }).optional(),
  }),
  run(ctx) {
    ctx.log.info('config', { config: ctx.config });
  },
});
