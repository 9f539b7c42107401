// A daemon that counts. It shows everything that a definition can have.
import { setTimeout as sleep } from 'node:timers/promises';
import { defineDaemon } from '@duende/core';
import { z } from 'zod';
import { type CounterSettings, readSettings } from './settings.ts';

let settings: CounterSettings;
let count = 0;
let countedAt = 0;

export default defineDaemon({
  name: 'counter',
  version: '1.0.0',
  config: z.strictObject({
    /** Absolute path of the settings, which HUP reads again. */
    file: z.string(),
  }),

  async init(ctx) {
    settings = await readSettings(ctx.config.file);
    count = 0;
    countedAt = performance.now();
    ctx.log.info('counting', { ...settings });
  },

  async run(ctx) {
    while (!ctx.signal.aborted) {
      // Rejects when the daemon is asked to end; the host knows that this is no failure.
      await sleep(settings.intervalMs, undefined, { signal: ctx.signal });
      await ctx.metrics.measure(() => {
        count += settings.step;
      });
      countedAt = performance.now();
      ctx.log.info('count', { count, step: settings.step });
    }
  },

  async reload(ctx) {
    settings = await readSettings(ctx.config.file);
    ctx.log.info('new settings', { ...settings });
  },

  shutdown(ctx) {
    ctx.log.info('last count', { count });
  },

  health() {
    const lateMs = performance.now() - countedAt - settings.intervalMs;
    return { healthy: lateMs < settings.intervalMs + 1000, detail: { count, step: settings.step } };
  },
});
