import { defineDaemon, detectPlatform } from '@duende/core';
import { PlatformError } from '@duende/core/contract';
import { ContainerAdapter } from '../../src/index.ts';

/** Says where it is, and what becomes of a container adapter there. */
export default defineDaemon({
  name: 'platform',
  async run(ctx) {
    ctx.log.info('platform', { detected: detectPlatform() });
    try {
      const adapter = new ContainerAdapter({ runtime: 'docker', stateDirectory: '/tmp/state' });
      await adapter.spawn({ name: 'inner', program: '/bin/true' });
    } catch (error) {
      if (!PlatformError.isInstance(error)) throw error;
      ctx.log.info('adapter', { message: error.message, hint: error.hint, reason: error.reason });
    }
  },
});
