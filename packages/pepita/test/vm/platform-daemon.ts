import { defineDaemon, detectPlatform } from '@duende/core';

/** Says where it is. */
export default defineDaemon({
  name: 'platform',
  async run(ctx) {
    ctx.log.info('platform', { detected: detectPlatform(), given: ctx.platform });
  },
});
