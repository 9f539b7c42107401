import { defineDaemon } from '@duende/core';
import { z } from 'zod';

/** The module daemon that clauses spawn: says what it was configured with, and which signals reach it. */
export default defineDaemon({
  name: 'probe-module',
  config: z.strictObject({ greeting: z.string() }),
  async run(ctx) {
    ctx.log.info('running', { greeting: ctx.config.greeting, platform: ctx.platform });
    const watch = async (): Promise<void> => {
      for await (const signal of ctx.signals) ctx.log.info('signal', { signal });
    };
    void watch();
    await new Promise<void>((resolve) =>
      ctx.signal.addEventListener('abort', () => resolve(), { once: true }),
    );
  },
  reload(ctx) {
    ctx.log.info('reload');
  },
  shutdown(ctx) {
    ctx.log.info('shutdown');
  },
});
