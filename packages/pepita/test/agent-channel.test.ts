import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { decodeStatePage } from '@duende/program';
import { afterEach, describe, expect, test } from 'vitest';
import { cleanUp, config, createdPage, id, newFolder, type Settings, startAgent } from './agent-harness.ts';
import {
  closeServers,
  execStart,
  fileWrite,
  frame,
  hello,
  listen,
  outcome,
  Peer,
  pattern,
  types,
  u32,
  u64,
} from './agent-peer.ts';

const peers: Peer[] = [];
afterEach(async () => {
  for (const peer of peers.splice(0)) peer.close();
  closeServers();
  await cleanUp();
});

async function connect(socket: string): Promise<Peer> {
  const peer = await Peer.connect(socket);
  peers.push(peer);
  return peer;
}

function guest() {
  const folder = newFolder();
  return { folder, ...startAgent(folder) };
}

function run(peer: Peer, settings: Settings): void {
  peer.send(types.run, u32(3, 0), createdPage(), config(settings));
}

const nonceOf = (): Buffer => randomBytes(16);

describe('the begin of a session', () => {
  test('what the agent says of itself', async () => {
    const peer = await connect(guest().socket);
    const nonce = nonceOf();
    const { data, sequence } = await peer.greet(nonce);
    expect(sequence).toBe(0);
    expect(data.subarray(0, 16).equals(nonce)).toBe(true);
    // Version, flags: no machine, no daemon.
    expect([data.readUInt32LE(16), data.readUInt32LE(20)]).toEqual([1, 0]);
    expect(data.subarray(24, 40).equals(Buffer.alloc(16))).toBe(true);
    expect(data.toString('latin1', 56, 92)).toMatch(/^[0-9a-f-]{36}$/);
    expect(data.toString('latin1', 96)).toMatch(/^kernel=\d+\.\S+\nmachine=\S+\n/);
  });

  test('clock and randomness are left alone outside a machine', async () => {
    const peer = await connect(guest().socket);
    const nonce = nonceOf();
    const wrong = hello(nonce);
    u64(1_000_000_000n).copy(wrong, 40);
    peer.awaitNonce(nonce);
    peer.send(types.hello, wrong);
    await peer.next(types.helloOk);
    peer.send(types.clock, u64(1_000_000_000n));
    expect((await peer.next(types.clockOk)).data.readBigUInt64LE(0)).toBe(1_000_000_000n);
    expect(Date.now()).toBeGreaterThan(1_700_000_000_000);
    expect(peer.frames.map(({ type }) => type)).toEqual([types.helloOk, types.clockOk]);
  });

  test.each([0, 1, 7, 12, 500])('after rubbish, and cut after %d bytes', async (cut) => {
    const { socket } = guest();
    const peer = await connect(socket);
    const raw = peer.socket;
    const nonce = nonceOf();
    const whole = Buffer.concat([
      randomBytes(3000),
      pattern.subarray(0, 9),
      frame(types.hello, 0, hello(nonce)),
    ]);
    raw.write(whole.subarray(0, whole.length - 60 - cut));
    await delay(50);
    for (const byte of whole.subarray(whole.length - 60 - cut)) raw.write(Buffer.of(byte));
    peer.awaitNonce(nonce);
    expect((await peer.next(types.helloOk)).data.subarray(0, 16).equals(nonce)).toBe(true);
  });

  test('another one on the same connection, in the middle of a frame that is never ended', async () => {
    const peer = await connect(guest().socket);
    await peer.greet(nonceOf());
    // A file of 1 MB is announced, and half of it comes: the bridge was killed.
    const half = frame(types.file, 1, fileWrite('/tmp/duende-agent-never', Buffer.alloc(900_000)));
    peer.socket.write(half.subarray(0, 400_000));
    await delay(50);
    await peer.greet(nonceOf());
    peer.send(types.exec, execStart(['/bin/echo', 'alive']));
    expect(String((await outcome(peer)).stdout)).toBe('alive\n');
    expect(peer.frames.filter(({ type }) => type === types.fileOk)).toHaveLength(0);
  });

  test('whole frames before it still count', async () => {
    const peer = await connect(guest().socket);
    await peer.greet(nonceOf());
    const nonce = nonceOf();
    peer.awaitNonce(nonce);
    peer.socket.write(
      Buffer.concat([
        frame(types.run, 1, Buffer.concat([u32(3, 0), createdPage(), config({ args: ['park'] })])),
        frame(types.control, 2, Buffer.concat([u32(9), Buffer.from('ping x')])).subarray(0, 15),
        frame(types.hello, 0, hello(nonce)),
      ]),
    );
    const { data } = await peer.next(types.helloOk);
    expect(data.readUInt32LE(20)).toBe(2);
    expect(data.subarray(24, 40).equals(Buffer.alloc(16))).toBe(false);
  });

  test('a wrong sequence, a length that cannot be: the agent asks for another begin', async () => {
    const peer = await connect(guest().socket);
    for (const bad of [
      frame(types.stats, 5, u32(1)),
      Buffer.concat([u32(1 << 21, types.stats, 1), Buffer.alloc(99)]),
    ]) {
      await peer.greet(nonceOf());
      peer.socket.write(bad);
      await peer.next(types.resync);
    }
    await peer.greet(nonceOf());
    peer.send(types.stats, u32(4));
    expect((await peer.next(types.statsOk)).data.readUInt32LE(0)).toBe(4);
  });

  test('a RUN of which only the first half came is none; one that came twice is one', async () => {
    const peer = await connect(guest().socket);
    const first = nonceOf();
    await peer.greet(first);
    peer.send(types.run, u32(1, 0), createdPage());
    const second = nonceOf();
    expect((await peer.greet(second)).data.readUInt32LE(20)).toBe(0);
    run(peer, { args: ['say', 'up', 'park'] });
    await peer.next(types.log);
    run(peer, { args: ['say', 'up', 'park'] });
    expect(String((await peer.next(types.note)).data)).toMatch(/one each boot/);
    const { data } = await peer.greet(nonceOf());
    expect(data.readUInt32LE(20)).toBe(2);
    expect(data.subarray(24, 40).equals(second)).toBe(true);
  });

  test('an unknown frame is passed over, and said', async () => {
    const peer = await connect(guest().socket);
    await peer.greet(nonceOf());
    peer.send(60, Buffer.from('what'));
    expect(String((await peer.next(types.note)).data)).toBe('a frame of the unknown type 60');
    peer.send(types.stats, u32(4));
    await peer.next(types.statsOk);
  });
});

describe('what is not acknowledged is sent again', () => {
  async function ended() {
    const { socket, ended: gone } = guest();
    const peer = await connect(socket);
    const nonce = nonceOf();
    await peer.greet(nonce);
    run(peer, { args: ['print', '1000', '100', 'stdout', '0', 'exit', '3'] });
    const done = await peer.next(types.done);
    return { socket, gone, peer, nonce, written: done.data.readBigUInt64LE(0) };
  }

  const logOf = (peer: Peer, from = 0): Buffer =>
    Buffer.concat(
      peer.frames
        .slice(from)
        .filter(({ type }) => type === types.log)
        .map(({ data }) => data.subarray(8)),
    );

  test('log, page and end, to another connection, until the end is acknowledged', async () => {
    const { socket, gone, peer, written } = await ended();
    const log = logOf(peer);
    expect(BigInt(log.length)).toBe(written);
    peer.close();
    const again = await connect(socket);
    const { data } = await again.greet(nonceOf());
    expect(data.readUInt32LE(20)).toBe(4);
    await again.next(types.done);
    expect(logOf(again).equals(log)).toBe(true);
    const page = again.frames.findLast(({ type }) => type === types.page)?.data as Buffer;
    expect(decodeStatePage(page)).toMatchObject({ id, state: 'failed', exit: { code: 3 } });
    again.send(types.exitAck);
    expect(await gone).toBe(0);
  });

  test('the log only from where the host has it; not when the host speaks of another run', async () => {
    const { socket, peer, nonce, written } = await ended();
    const log = logOf(peer);
    peer.close();
    const third = await connect(socket);
    await third.greet(nonceOf(), { run: Buffer.alloc(16, 1), offset: written });
    await third.next(types.done);
    expect(logOf(third).length).toBe(log.length);
    third.close();
    const again = await connect(socket);
    await again.greet(nonceOf(), { run: nonce, offset: 50_000n });
    await again.next(types.done);
    expect(logOf(again).equals(log.subarray(50_000))).toBe(true);
    // What was acknowledged is not there any more.
    const last = await connect(socket);
    again.close();
    await last.greet(nonceOf());
    await last.next(types.done);
    expect(logOf(last).equals(log.subarray(50_000))).toBe(true);
  });

  test('frames of the log hold whole records, and no more than the window is on its way', async () => {
    const peer = await connect(guest().socket);
    await peer.greet(nonceOf());
    run(peer, { args: ['print', '40000', '100', 'stdout', '0', 'say', 'end', 'park'] });
    await delay(1500);
    const logs = peer.frames.filter(({ type }) => type === types.log);
    expect(logs.every(({ data }) => data.at(-1) === 10)).toBe(true);
    const sum = logOf(peer).length;
    expect(sum).toBeGreaterThan(900_000);
    expect(sum).toBeLessThanOrEqual((1 << 20) + 65_536);
    peer.send(types.logAck, u64(sum));
    await delay(500);
    expect(logOf(peer).length).toBeGreaterThan(sum);
  });
});

test('one connection for many bridges, as with a VMM that hides their coming and going', async () => {
  const { socket } = guest();
  const { socket: inner } = await connect(socket);
  const outer = `${newFolder()}/outer`;
  let current: Socket | undefined;
  inner.on('data', (chunk) => current?.write(chunk));
  await listen(outer, (client) => {
    current = client;
    client.on('error', () => undefined);
    client.on('data', (chunk) => inner.write(chunk));
  });
  for (let round = 0; round < 10; round += 1) {
    const peer = await connect(outer);
    await peer.greet(nonceOf());
    peer.send(types.exec, execStart(['/bin/sh', '-c', 'echo $0; yes | head -c 300000', String(round)]));
    await peer.next(types.out);
    // Gone in the middle of its output, and of a frame of its own.
    peer.socket.write(frame(types.stdin, 2, Buffer.alloc(100_000)).subarray(0, 5000 + round));
    await delay(20);
    peer.close();
  }
  const peer = await connect(outer);
  await peer.greet(nonceOf());
  peer.send(types.exec, execStart(['/bin/echo', 'last']));
  expect(String((await outcome(peer)).stdout)).toBe('last\n');
});

test('frames of all types with rubbish in them: the agent stays', async () => {
  const peer = await connect(guest().socket);
  await peer.greet(nonceOf());
  for (const size of [0, 3, 7, 11, 31, 5000]) {
    for (let type = 3; type < 90; type += 1) {
      if (type !== types.shutdown && type !== types.exitAck) peer.send(type, randomBytes(size));
    }
  }
  peer.send(types.exec, execStart(['/bin/echo', 'alive']));
  expect(String((await outcome(peer)).stdout)).toBe('alive\n');
});
