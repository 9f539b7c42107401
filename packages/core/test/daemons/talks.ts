// Logs things that are hard to write down, then far more than a pipe takes at once, and ends.
import { z } from 'zod';
import { defineDaemon } from '../../src/define.ts';

export default defineDaemon({
  name: 'talks',
  config: z.object({ lines: z.number().default(0) }),
  run(ctx) {
    const circular: Record<string, unknown> = { big: 10n, level: 'mine' };
    circular.self = circular;
    ctx.log.debug('debug line');
    ctx.log.info('odd fields', circular);
    ctx.log.warn('warn line');
    ctx.log.error('error line', new RangeError('out of range'));
    for (let line = 0; line < ctx.config.lines; line += 1)
      ctx.log.info('burst', { line, pad: 'x'.repeat(80) });
    console.log('printed by the daemon itself');
  },
});
