import { createServer as createHttpServer } from 'node:http';
import { createServer as createTcpServer } from 'node:net';

/** Answers until USR1 turns it off: http then says 503, tcp no longer listens. */
export function serve(kind: 'tcp' | 'http', port: number, say: (text: string) => void): Promise<never> {
  let healthy = true;
  const server =
    kind === 'http'
      ? createHttpServer((_request, response) => {
          response.writeHead(healthy ? 200 : 503, { connection: 'close' }).end(healthy ? 'ok\n' : '');
        })
      : createTcpServer((socket) => socket.on('error', () => {}).end());
  process.on('SIGUSR1', () => {
    healthy = false;
    if (kind === 'tcp') server.close();
  });
  server.on('error', () => {
    say(`cannot listen on ${port}`);
    process.exit(98);
  });
  server.listen(port, '0.0.0.0', () => say(`listening ${port}`));
  return new Promise<never>(() => setInterval(() => {}, 60_000));
}
