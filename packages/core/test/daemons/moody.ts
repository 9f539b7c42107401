// Is ill from USR1 on and well again from USR2 on.
import { defineDaemon } from '../../src/define.ts';

let isWell = true;

export default defineDaemon({
  name: 'moody',
  async run(ctx) {
    for await (const signal of ctx.signals) {
      if (signal === 'USR1') isWell = false;
      if (signal === 'USR2') isWell = true;
      ctx.log.info(`heard ${signal}`);
    }
  },
  health: () => ({ healthy: isWell, detail: { mood: isWell ? 'good' : 'bad' } }),
});
