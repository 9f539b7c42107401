// Goes wrong where the config says.
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { defineDaemon } from '../../src/define.ts';

const fail = (where: string): never => {
  throw new TypeError(`broken in ${where}`, { cause: new Error('the cause') });
};

export default defineDaemon({
  name: 'throws',
  config: z.object({ where: z.string() }),
  init(ctx) {
    if (ctx.config.where === 'init') fail('init');
  },
  async run(ctx) {
    const { where } = ctx.config;
    if (where === 'run') fail('run');
    if (where === 'string') throw 'just a string';
    if (where === 'rejection') void Promise.reject(new TypeError('broken in rejection'));
    if (where === 'listener') setTimeout(() => fail('listener'), 10);
    if (where === 'shutdown') return;
    await sleep(3_600_000, undefined, { signal: ctx.signal });
  },
  reload(ctx) {
    if (ctx.config.where === 'reload') fail('reload');
  },
  shutdown(ctx) {
    ctx.log.info('shutdown');
    if (ctx.config.where === 'shutdown') fail('shutdown');
  },
});
