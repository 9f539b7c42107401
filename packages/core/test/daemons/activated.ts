// Serves the sockets that it was given: HTTP on the one named web, TCP on the other.
import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:net';
import { defineDaemon } from '../../src/define.ts';

export default defineDaemon({
  name: 'activated',
  async run(ctx) {
    for (const { fd, name } of ctx.sockets) {
      const server =
        name === 'web'
          ? createHttpServer((request, response) => response.end(`http ${request.url}`))
          : createServer((socket) => socket.end(`tcp ${name}`));
      await new Promise<void>((resolve) => server.listen({ fd }, resolve));
      ctx.signal.addEventListener('abort', () => server.close());
    }
    ctx.log.info('serving', { sockets: ctx.sockets });
    await new Promise<void>((resolve) => ctx.signal.addEventListener('abort', () => resolve()));
  },
});
