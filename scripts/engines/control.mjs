// For tests: the engines that `main.mjs run` has started for them, and how to kill and restart those.
import { request } from 'node:http';
import { env } from 'node:process';

/** By name (docker, swarm, podman, containerd): `{ runtime, address, env, storage, control }`. */
export const testEngines = () => JSON.parse(env.DUENDE_TEST_ENGINES || '{}');

function post(name, verb, { liveRestore } = {}) {
  const { control } = testEngines()[name] ?? {};
  if (!control)
    return Promise.reject(new Error(`no engine ${name}: run node scripts/engines/main.mjs run -- ...`));
  const query = liveRestore === undefined ? '' : `?liveRestore=${liveRestore}`;
  return new Promise((resolve, reject) => {
    const options = {
      socketPath: control.replace('unix://', ''),
      method: 'POST',
      path: `/${name}/${verb}${query}`,
    };
    const sent = request(options, async (response) => {
      let text = '';
      for await (const part of response.setEncoding('utf8')) text += part;
      const answer = JSON.parse(text);
      if (response.statusCode === 200) resolve(answer);
      else reject(new Error(answer.message));
    });
    sent.on('error', reject);
    sent.end();
  });
}

/** kill -9 of the daemon alone; resolves when it is gone. */
export const killEngine = (name) => post(name, 'kill');
/** Ended in order when it runs, and started on the same root; resolves when it answers. `{ liveRestore }` changes dockerd's. */
export const restartEngine = (name, options) => post(name, 'restart', options);
export const killAndRestartEngine = (name, options) => post(name, 'kill-and-restart', options);
