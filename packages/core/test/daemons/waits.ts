// Does nothing but wait to be told to end, and says which signals came.
import { defineDaemon } from '../../src/define.ts';

export default defineDaemon({
  name: 'waits',
  init(ctx) {
    ctx.log.info('init', { env: Object.keys(process.env).filter((key) => key.startsWith('DUENDE_')) });
  },
  run(ctx) {
    void (async () => {
      for await (const signal of ctx.signals) ctx.log.info('signal', { signal });
      ctx.log.info('signals ended');
    })();
    return new Promise<void>((resolve) =>
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
