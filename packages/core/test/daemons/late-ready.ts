import { setTimeout as sleep } from 'node:timers/promises';
import { defineDaemon } from '../../src/define.ts';

export default defineDaemon({
  name: 'late-ready',
  manualReady: true,
  async run(ctx) {
    ctx.log.info('running');
    for await (const signal of ctx.signals) {
      if (signal !== 'USR1') continue;
      ctx.ready();
      ctx.ready();
      await sleep(1);
    }
  },
});
