// What lets tests, which run in other processes, kill and restart the engines: HTTP over a Unix socket.
import { createServer } from 'node:http';
import { join } from 'node:path';
import { makeFolder } from './folder.mjs';
import { removeEngine } from './remains.mjs';

const verbs = {
  kill: (engine) => engine.kill(),
  restart: (engine, options) => engine.restart(options),
  'kill-and-restart': async (engine, options) => {
    await engine.kill();
    await engine.restart(options);
  },
};

const describe = ({ runtime, address, env, pid, storage }) => ({ runtime, address, env, pid, storage });

/** Serves `POST /NAME/VERB[?liveRestore=false]` for the engines by name; one call at a time for each engine. */
export async function serveControl(engines) {
  const folder = makeFolder();
  const socket = join(folder, 'control.sock');
  const last = new Map();
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url, 'http://control');
    const [, name, verb] = pathname.split('/');
    const engine = engines[name];
    const act = verbs[verb];
    const answer = (status, body) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    if (!engine || !act || request.method !== 'POST')
      return answer(404, {
        message: `no POST /${name}/${verb}: ${Object.keys(engines)} know ${Object.keys(verbs)}`,
      });
    const given = searchParams.get('liveRestore');
    const options = given === null ? {} : { liveRestore: given === 'true' };
    const done = (last.get(name) ?? Promise.resolve()).then(() => act(engine, options));
    last.set(
      name,
      done.catch(() => {}),
    );
    done.then(
      () => answer(200, describe(engine)),
      (error) => answer(500, { message: error.message }),
    );
  });
  // A restart may take its time.
  server.requestTimeout = 0;
  await new Promise((resolve, reject) => server.on('error', reject).listen(socket, resolve));
  return {
    address: `unix://${socket}`,
    async close() {
      server.closeAllConnections();
      server.close();
      await removeEngine(folder);
    },
  };
}
