// Does not end when asked to: in `run`, or in `shutdown`, for the milliseconds given (0: for ever).
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { defineDaemon } from '../../src/define.ts';

export default defineDaemon({
  name: 'stubborn',
  config: z.object({ phase: z.enum(['init', 'run', 'shutdown']), ms: z.number().default(0) }),
  init: (ctx) => {
    ctx.log.info('init');
    return ctx.config.phase === 'init' ? hold(ctx.config.ms) : undefined;
  },
  async run(ctx) {
    ctx.log.info('run');
    await new Promise((resolve) => ctx.signal.addEventListener('abort', resolve));
    if (ctx.config.phase === 'run') await hold(ctx.config.ms);
  },
  async shutdown(ctx) {
    ctx.log.info('shutdown');
    if (ctx.config.phase === 'shutdown') await hold(ctx.config.ms);
    ctx.log.info('shutdown done');
  },
});

async function hold(ms: number): Promise<void> {
  await (ms === 0 ? new Promise(() => {}) : sleep(ms));
}
