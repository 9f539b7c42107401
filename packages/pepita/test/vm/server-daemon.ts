import { createServer } from 'node:http';
import { defineDaemon } from '@duende/core';

const server = createServer((_, response) => void response.end('from the guest'));

/** Answers on port 4000 of all addresses, before it is ready. */
export default defineDaemon({
  name: 'server',
  async init() {
    await new Promise<void>((resolve) => server.listen(4000, '0.0.0.0', resolve));
  },
  async run(ctx) {
    await new Promise((resolve) => ctx.signal.addEventListener('abort', resolve, { once: true }));
    server.close();
    server.closeAllConnections();
  },
});
