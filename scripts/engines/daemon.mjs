// The process of an engine: started, waited for, killed, started again.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { EngineStartError, path } from './machine.mjs';
import { signal } from './processes.mjs';

/** The status of GET `url` over a Unix socket; rejects while nobody listens. */
export function ping(socketPath, url = '/_ping') {
  return new Promise((resolve, reject) => {
    const sent = request({ socketPath, path: url, timeout: 5000 }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    sent.on('timeout', () => sent.destroy(new Error(`no answer on ${socketPath}`)));
    sent.on('error', reject);
    sent.end();
  });
}

/** Whether somebody listens: what containerd does once it can serve. */
export function accepts(socketPath) {
  return new Promise((resolve, reject) => {
    const socket = connect(socketPath, () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', reject);
  });
}

/** @param {{ argv: string[], env: object, log: string, isReady: () => Promise<boolean>, timeout?: number }} how */
export async function startDaemon({ argv, env, log, isReady, timeout = 30_000 }) {
  const out = openSync(log, 'a', 0o600);
  // It ends with this process, however that ends; its containers are removed by the next sweep(). A session of its own:
  // Ctrl-C is for the command that is run, and ours to see to the rest.
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', '--', ...argv], {
    cwd: '/',
    detached: true,
    env: { HOME: '/root', LANG: 'C.UTF-8', ...env, PATH: path },
    stdio: ['ignore', out, out],
  });
  closeSync(out);
  let exit;
  const exited = once(child, 'exit').then(([code, name]) => {
    exit = name ?? `exit code ${code}`;
  });
  const failed = (what) => {
    const end = readFileSync(log, 'utf8').trim().split('\n').slice(-20).join('\n');
    return new EngineStartError(`${argv[0]} ${what}; its log (${log}) ends with:\n${end}`);
  };
  for (const end = Date.now() + timeout; ; await sleep(20)) {
    if (exit) throw failed(`ended with ${exit}`);
    if (await isReady().catch(() => false)) break;
    if (Date.now() > end) {
      child.kill('SIGKILL');
      throw failed(`did not answer within ${timeout / 1000} s`);
    }
  }
  return {
    pid: child.pid,
    isRunning: () => exit === undefined,
    async end(name) {
      signal(child.pid, name);
      await exited;
    },
  };
}
