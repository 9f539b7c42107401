import { appendFileSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { type Reply, reply, run } from './commands/index.ts';
import type { Launchd } from './launchd.ts';
import { folders } from './layout.ts';

/** A request that is the test API's, not launchctl's: `--sim`, then its name. */
export type TestApi = (launchd: Launchd, given: readonly string[]) => Reply | Promise<Reply>;

async function answer(launchd: Launchd, text: string, testApi: TestApi): Promise<Reply> {
  const [, cwd = '/', terminal, sudo, ...given] = text.split('\0');
  if (given[0] === '--sim') return testApi(launchd, given.slice(1));
  const result = await run({
    launchd,
    arguments: given,
    cwd,
    terminal: terminal === '1',
    sudo: sudo === '1',
  });
  const call = { time: Date.now(), arguments: given, code: result.code };
  appendFileSync(join(folders(launchd.settings.root).state, 'calls.jsonl'), `${JSON.stringify(call)}\n`);
  return result;
}

function serve(socket: Socket, launchd: Launchd, testApi: TestApi): void {
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  // A client that is killed takes nothing with it.
  socket.on('error', () => {});
  socket.once('end', async () => {
    let result: Reply;
    try {
      result = await answer(launchd, Buffer.concat(chunks).toString('utf8'), testApi);
    } catch (error) {
      result = reply(70, '', `launchd-sim: ${(error as Error).stack}\n`);
    }
    const out = Buffer.from(result.out);
    const err = Buffer.from(result.err);
    socket.end(Buffer.concat([Buffer.from(`${result.code} ${out.length} ${err.length}\n`), out, err]));
  });
}

/** Listens on a unix socket, one launchctl a connection. */
export function listen(path: string, launchd: Launchd, testApi: TestApi): Promise<Server> {
  rmSync(path, { force: true });
  const server = createServer({ allowHalfOpen: true }, (socket) => serve(socket, launchd, testApi));
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => resolve(server));
  });
}
