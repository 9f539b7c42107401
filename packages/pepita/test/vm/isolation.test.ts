import { mkdirSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { testAdapter } from './adapter-harness.ts';
import { testState } from './harness.ts';

const { adapter, texts } = await testAdapter();
const folder = testState();
let connections = 0;
const tcp: Server = createServer((socket) => {
  connections += 1;
  socket.on('error', () => undefined).end('from the host\n');
});
const unix = createServer();
let port = 0;

const listening = (server: Server, at: number | string): Promise<void> =>
  new Promise((resolve) => {
    if (typeof at === 'number') server.listen(at, '127.0.0.1', resolve);
    else server.listen(at, resolve);
  });

beforeAll(async () => {
  mkdirSync(join(folder, 'given'));
  await listening(unix, join(folder, 'given', 'socket'));
  await listening(tcp, 0);
  port = (tcp.address() as { port: number }).port;
});
afterAll(() => {
  tcp.close();
  unix.close();
});

let count = 0;
/** Runs a script of bash as root of a guest. @returns its lines */
async function run(script: string, settings: object = {}): Promise<string[]> {
  count += 1;
  const handle = await adapter.spawn({
    name: `tries-${count}`,
    program: '/bin/bash',
    args: ['-c', script],
    user: 0,
    // Each is of a kind of its own: a snapshot would be made for one.
    platform: {
      pepita: {
        template: false,
        files: ['/usr/bin/timeout', '/usr/bin/dd', '/usr/bin/cat', '/usr/bin/basename'],
        ...settings,
      },
    },
  });
  expect(await adapter.wait(handle)).toMatchObject({ state: 'stopped' });
  const lines = await texts(handle);
  await adapter.remove(handle);
  return lines;
}

/** To the loopback of this machine, as a guest with a network has it. */
const connect = () =>
  `timeout 3 bash -c 'cat < /dev/tcp/10.0.2.2/${port}' 2> /dev/null || echo "cannot"; for i in /sys/class/net/*; do echo $i; done`;

describe('a guest reaches a server of this machine', () => {
  test('with the network of QEMU’s user mode, as is said', async () => {
    expect(await run(connect(), { network: 'user' })).toEqual([
      'from the host',
      '/sys/class/net/eth0',
      '/sys/class/net/lo',
    ]);
    expect(connections).toBe(1);
  });

  test('not without a network', async () => {
    expect(await run(connect())).toEqual(['cannot', '/sys/class/net/lo']);
    expect(connections).toBe(1);
  });

  test('not with ports, which lead in only', async () => {
    const host = 20_000 + (process.pid % 20_000);
    expect(await run(connect(), { ports: [{ guest: 80, host }] })).toEqual([
      'cannot',
      '/sys/class/net/eth0',
      '/sys/class/net/lo',
    ]);
    expect(connections).toBe(1);
  });
});

test('a socket of this machine cannot be packed', async () => {
  const spawning = run('true', { files: [join(folder, 'given')] });
  await expect(spawning).rejects.toThrow(/socket/);
});

test('root of a guest finds one disk, which it cannot write, one port, which is the agent’s, and no other device of this machine', async () => {
  const script = [
    'for f in /sys/block/*; do [ -e $f/device ] && echo "disk $(basename $f) $(< $f/ro)"; done',
    'for f in /sys/class/virtio-ports/*; do echo "port $(cat $f/name)"; done',
    'dd if=/dev/zero of=/dev/vda bs=4096 count=1 2> /dev/null && echo "written"',
    'exit 0',
  ];
  expect(await run(script.join('; '))).toEqual(['disk vda 1', 'port dev.duende.agent']);
});
