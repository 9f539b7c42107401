/** The channel by vsock, without a machine: the bridge asks for the guest's port, the newest client of the agent counts. */

import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { cleanUp, Host, logOf, newFolder, startAgent } from './agent-harness.ts';
import { closeServers, listen, Peer, types } from './agent-peer.ts';

afterEach(async () => {
  closeServers();
  await cleanUp();
});

const settings = { args: ['say', 'hello', 'exit', '0'] };
const vsock = ['--vsock', '77'];

test('says HELLO when its VMM has connected it, and not before', async () => {
  const folder = newFolder();
  const asked: string[] = [];
  const heard: Buffer[] = [];
  await listen(join(folder, 'port'), (socket: Socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (data: Buffer) => {
      if (asked.length === heard.length) asked.push(String(data));
      else {
        heard.push(data);
        return;
      }
      // Nobody listens yet, twice.
      if (asked.length < 3) {
        heard.push(Buffer.alloc(0));
        socket.destroy();
      } else setTimeout(() => socket.write('OK 1073741825\n'), 100);
    });
  });
  const host = new Host(folder, join(folder, 'port'), settings, vsock);
  await host.until('HELLO', () => (heard.at(-1)?.length ?? 0) > 0);
  expect(asked).toEqual(['CONNECT 77\n', 'CONNECT 77\n', 'CONNECT 77\n']);
  expect(heard.at(-1)?.readUInt16LE(4)).toBe(types.hello);
  expect(host.bridge.errors()).toBe('');
});

test('a VMM that answers otherwise is told of, and asked again', async () => {
  const folder = newFolder();
  let count = 0;
  await listen(join(folder, 'port'), (socket: Socket) => {
    count += 1;
    socket.on('error', () => undefined).write('NO WAY OUT\n');
  });
  const host = new Host(folder, join(folder, 'port'), settings, vsock);
  await host.until('another try', () => count > 1);
  expect(host.bridge.errors()).toMatch(/^duende-bridge: the VMM does not answer CONNECT with OK\n/);
});

test('runs a daemon through a VMM that connects', async () => {
  const folder = newFolder();
  const { createConnection } = await import('node:net');
  const guest = startAgent(folder, ['vsock=77', 'linger=0']);
  await listen(join(folder, 'host'), (socket: Socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => {
      const far = createConnection(guest.socket);
      far.on('error', () => socket.destroy()).on('close', () => socket.destroy());
      socket.on('close', () => far.destroy());
      far.on('connect', () => {
        socket.write('OK 1073741825\n');
        socket.pipe(far).pipe(socket);
      });
    });
  });
  const host = new Host(folder, join(folder, 'host'), settings, vsock);
  await host.inState('stopped');
  expect(logOf(host.folder)).toBe('hello\n');
  expect(await guest.ended).toBe(0);
});

test.each([
  ['takes the place of the one before, by vsock', ['vsock=77'], true],
  ['waits for its turn, elsewhere', [], false],
] as const)('a new client of the agent %s', async (_, given, isTaken) => {
  const { socket } = startAgent(mkdtempSync(join(newFolder(), 'a-')), [...given]);
  const first = await Peer.connect(socket);
  await first.greet(Buffer.alloc(16, 1));
  const closed = once(first.socket, 'close').then(() => 'closed');
  const second = await Peer.connect(socket);
  const answered = second.greet(Buffer.alloc(16, 2)).then(() => 'answered');
  const late = delay(300).then(() => 'late');
  expect(await Promise.race([answered, late])).toBe(isTaken ? 'answered' : 'late');
  expect(await Promise.race([closed, delay(200).then(() => 'late')])).toBe(isTaken ? 'closed' : 'late');
  first.close();
  expect(await answered).toBe('answered');
  second.close();
});
