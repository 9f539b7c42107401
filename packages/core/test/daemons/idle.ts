// Has neither signals nor reload: only the abort signal, through timers/promises.
import { setTimeout as sleep } from 'node:timers/promises';
import { defineDaemon } from '../../src/define.ts';

export default defineDaemon({
  name: 'idle',
  async run(ctx) {
    await sleep(3_600_000, undefined, { signal: ctx.signal });
  },
});
