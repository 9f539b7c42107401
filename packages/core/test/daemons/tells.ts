// Says what it is doing, and what of its environment and its descriptors a child sees.
import { spawnSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { defineDaemon } from '../../src/define.ts';

const manager = /^(NOTIFY_|WATCHDOG_|LISTEN_|DUENDE_)/;

export default defineDaemon({
  name: 'tells',
  config: z.object({
    early: z.string().optional(),
    exits: z.boolean().default(false),
    blockMs: z.number().default(0),
  }),
  init(ctx) {
    if (ctx.config.early !== undefined) ctx.status(ctx.config.early);
  },
  async run(ctx) {
    const shell = spawnSync('/bin/sh', [
      '-c',
      'env; for fd in 3 4; do [ -e /proc/self/fd/$fd ] && echo "fd $fd"; done',
    ]);
    const child = String(shell.stdout).split('\n');
    ctx.log.info('seen', {
      own: Object.keys(process.env).filter((name) => manager.test(name)),
      child: child.filter((line) => manager.test(line)),
      descriptors: child.filter((line) => line.startsWith('fd ')),
      sockets: ctx.sockets,
    });
    if (ctx.config.exits) return;
    if (ctx.config.blockMs > 0) {
      await sleep(500);
      ctx.log.info('blocking');
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ctx.config.blockMs);
      ctx.log.info('blocked');
    }
    for await (const signal of ctx.signals) ctx.status(`got ${signal}`);
  },
  reload(ctx) {
    ctx.log.info('reload');
  },
});
