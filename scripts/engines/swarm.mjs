// A swarm of one node, on the loopback alone.

import { createSocket } from 'node:dgram';
import { request } from 'node:http';
import { createServer } from 'node:net';

/** Answers with what the engine says; rejects with its words. */
export function call(engine, method, path, body) {
  return new Promise((resolve, reject) => {
    const socketPath = engine.address.replace('unix://', '');
    const headers = { 'content-type': 'application/json' };
    const sent = request({ socketPath, method, path, headers }, async (response) => {
      let text = '';
      for await (const part of response.setEncoding('utf8')) text += part;
      const isJson = response.headers['content-type']?.startsWith('application/json');
      const answer = isJson && text ? JSON.parse(text) : text;
      if (response.statusCode < 400) resolve(answer);
      else reject(new Error(`${method} ${path}: ${response.statusCode} ${answer.message ?? answer}`));
    });
    sent.on('error', reject);
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

/** A port of the loopback that nobody has, for TCP and UDP: swarm uses both. */
function freePort() {
  return new Promise((resolve, reject) => {
    const tcp = createServer().listen(0, '127.0.0.1', () => {
      const { port } = tcp.address();
      const udp = createSocket('udp4');
      udp.on('error', () => tcp.close(() => freePort().then(resolve, reject)));
      udp.bind(port, '127.0.0.1', () => udp.close(() => tcp.close(() => resolve(port))));
    });
    tcp.on('error', reject);
  });
}

export async function initSwarm(engine) {
  const port = await freePort();
  return call(engine, 'POST', '/swarm/init', {
    ListenAddr: `127.0.0.1:${port}`,
    AdvertiseAddr: '127.0.0.1',
    DataPathAddr: '127.0.0.1',
    DataPathPort: await freePort(),
    ForceNewCluster: false,
  });
}

export const leaveSwarm = (engine) => call(engine, 'POST', '/swarm/leave?force=1');
